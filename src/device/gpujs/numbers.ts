/**
 * Between arrays of any dtype on the host and the f32 numbers that gpu.js kernels hold. Integers are exact below 2^24;
 * larger ones are refused, never rounded.
 */
import { assert } from "../../base/assert.ts"
import { encodeHalves, isHalf } from "../../base/half.ts"
import { type Dtype, makeElements, type NdArray, ndarray, numbersOf, type Shape } from "../../base/ndarray.ts"
import { largestInteger } from "./dialect.ts"

/** The array's values as f32: the array's own data when it is f32 already. */
export const toNumbers = (array: NdArray, name: string): Float32Array => {
  const numbers = numbersOf(array)
  if (numbers instanceof Float32Array) return numbers
  if (array.dtype === "i32") {
    const large = array.data.find((value) => Math.abs(value) >= largestInteger)
    assert(large === undefined, `${name}: gpu.js kernels hold integers below 2^24, got ${large}`)
  }
  return Float32Array.from(numbers)
}

/** An array of `dtype` over the numbers (not copied when f32). */
export const fromNumbers = (numbers: Float32Array, dtype: Dtype, shape: Shape, name: string): NdArray => {
  if (dtype === "f32") return ndarray("f32", shape, numbers)
  if (isHalf(dtype)) return ndarray(dtype, shape, encodeHalves(dtype, numbers))
  const data = makeElements(dtype, numbers.length)
  for (let i = 0; i < numbers.length; i++) {
    assert(Math.abs(numbers[i]!) < largestInteger, `${name}: an integer reached 2^24, where gpu.js kernels stop being exact`)
    data[i] = numbers[i]!
  }
  return ndarray(dtype, shape, data)
}
