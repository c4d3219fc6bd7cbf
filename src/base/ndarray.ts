/**
 * Tensors at rest on the host: what ports carry, files hold and devices take in and give back.
 * Row-major (C order), never mutated once it has left its maker. Not here: traced tensors (tensor/expr.ts).
 */
import { assert } from "./assert.ts"
import { decodeHalves, encodeHalves, isHalf, type Half } from "./half.ts"

/**
 * Element types of the closed op list. `bool` is stored as one byte, 0 or 1. `f16` and `bf16` are for storage: their elements are
 * bits (`half.ts`), which programs move and cast and never calculate with.
 */
export type Dtype = "f32" | "i32" | "u8" | "bool" | Half

/** Extents, outermost first. `[]` is a scalar. */
export type Shape = readonly number[]

export interface ElementArrays {
  f32: Float32Array
  i32: Int32Array
  u8: Uint8Array
  bool: Uint8Array
  f16: Uint16Array
  bf16: Uint16Array
}

export interface NdArray<D extends Dtype = Dtype> {
  readonly dtype: D
  readonly shape: Shape
  /** Row-major elements; length equals `sizeOf(shape)`. */
  readonly data: ElementArrays[D]
}

/** Named tensors: weights, batches, optimiser state. */
export type Tensors = { readonly [name: string]: NdArray }

export const bytesPerElement: Readonly<Record<Dtype, number>> = { f32: 4, i32: 4, u8: 1, bool: 1, f16: 2, bf16: 2 }

/** The smallest finite number of an f32. */
export const lowestFloat = -(2 - 2 ** -23) * 2 ** 127

/** Number of elements of a shape: 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((n, extent) => n * extent, 1)

interface MakeArray<A> {
  new (length: number): A
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A
}

const arrays: { readonly [D in Dtype]: MakeArray<ElementArrays[D]> } = {
  f32: Float32Array,
  i32: Int32Array,
  u8: Uint8Array,
  bool: Uint8Array,
  f16: Uint16Array,
  bf16: Uint16Array,
}

/** A zero-filled element array of `length`. */
export const makeElements = <D extends Dtype>(dtype: D, length: number): ElementArrays[D] => new arrays[dtype](length)

/** `length` elements that lie at a byte of `buffer`, which must be a multiple of their size; not copied. */
export const viewElements = <D extends Dtype>(dtype: D, buffer: ArrayBufferLike, at: number, length: number): ElementArrays[D] => new arrays[dtype](buffer, at, length)

/** An array over `data` (not copied). Asserts that the length fits the shape. */
export const ndarray = <D extends Dtype>(dtype: D, shape: Shape, data: ElementArrays[D]): NdArray<D> => {
  assert(data.length === sizeOf(shape), `shape [${shape.join(", ")}] holds ${sizeOf(shape)} elements, got ${data.length}`)
  return { dtype, shape, data }
}

export const zeros = <D extends Dtype>(dtype: D, shape: Shape): NdArray<D> => ndarray(dtype, shape, makeElements(dtype, sizeOf(shape)))

export const scalar = <D extends Dtype>(dtype: D, value: number): NdArray<D> => {
  const data = makeElements(dtype, 1)
  data.set(isHalf(dtype) ? encodeHalves(dtype, [value]) : [value])
  return ndarray(dtype, [], data)
}

/** The array's values as numbers: what is stored as 16-bit floats decoded, all else as it is (not copied). */
export const numbersOf = ({ dtype, data }: NdArray): Exclude<NdArray["data"], Uint16Array> =>
  isHalf(dtype) ? decodeHalves(dtype, data as Uint16Array) : (data as Exclude<NdArray["data"], Uint16Array>)

/** The raw little-endian bytes of an array (a view, not a copy). */
export const bytesOf = (array: NdArray): Uint8Array => new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength)
