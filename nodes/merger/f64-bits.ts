/** f64 numbers as values of nodes: a port holds no f64, so it holds their bits, i32. */
import { ndarray, type NdArray, type Shape } from "#src"

/** i32 of `shape`; two for each number if none is given. */
export const bitsOf = ({ buffer, byteOffset, length }: Float64Array, shape: Shape = [2 * length]): NdArray<"i32"> => ndarray("i32", shape, new Int32Array(buffer, byteOffset, 2 * length))

/** A copy: the bits may lie where no f64 may begin. */
export const fromBits = ({ data }: NdArray): Float64Array<ArrayBuffer> => new Float64Array(new Int32Array(data as Int32Array).buffer)
