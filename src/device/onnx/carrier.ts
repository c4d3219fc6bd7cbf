/**
 * What carries each dtype in an ONNX graph. Tensors of onnxruntime in JavaScript have no bf16, so 16-bit floats, which are only
 * moved and cast, travel as f32: decoded when they go in, encoded when they come out, both exact.
 */
import { encodeHalves, isHalf, type Half } from "../../base/half.ts"
import { type Dtype, type NdArray, ndarray, numbersOf } from "../../base/ndarray.ts"

export type Carrier = Exclude<Dtype, Half>

export const carrierOf = (dtype: Dtype): Carrier => (isHalf(dtype) ? "f32" : dtype)

/** The array as the graph takes it: itself, unless it must be decoded. */
export const carried = (array: NdArray): NdArray => (isHalf(array.dtype) ? ndarray("f32", array.shape, numbersOf(array) as Float32Array) : array)

/** The array of `dtype` that `carrier` carries: itself, unless it must be encoded. */
export const delivered = (carrier: NdArray, dtype: Dtype): NdArray =>
  isHalf(dtype) ? ndarray(dtype, carrier.shape, encodeHalves(dtype, carrier.data)) : carrier
