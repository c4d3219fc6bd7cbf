/** Seeded test arrays for the conformance cases. */
import { encodeHalves, type Half } from "../../../../src/base/half.ts"
import { type NdArray, ndarray, type Shape, sizeOf } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"

/** Uniform f32 in [low, high). */
export const floats = (random: Random, shape: Shape, low = -2, high = 2): NdArray<"f32"> =>
  ndarray("f32", shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => low + (high - low) * random.uniform(i)))

/** Uniform i32 in [low, high). */
export const ints = (random: Random, shape: Shape, low: number, high: number): NdArray<"i32"> =>
  ndarray("i32", shape, Int32Array.from({ length: sizeOf(shape) }, (_, i) => low + random.below(i, high - low)))

export const bytes = (random: Random, shape: Shape): NdArray<"u8"> =>
  ndarray("u8", shape, Uint8Array.from({ length: sizeOf(shape) }, (_, i) => random.below(i, 256)))

export const bools = (random: Random, shape: Shape): NdArray<"bool"> =>
  ndarray("bool", shape, Uint8Array.from({ length: sizeOf(shape) }, (_, i) => random.below(i, 2)))

/** An f32 vector of exactly these numbers. */
export const f32 = (...values: readonly number[]): NdArray<"f32"> => ndarray("f32", [values.length], Float32Array.from(values))

/** An i32 vector of exactly these numbers. */
export const i32 = (...values: readonly number[]): NdArray<"i32"> => ndarray("i32", [values.length], Int32Array.from(values))

/** 16-bit floats in [low, high), and about one in eight infinite. */
export const halves = (random: Random, shape: Shape, dtype: Half, low = -100, high = 100): NdArray => {
  const infinite = random.fork("infinite")
  const values = floats(random, shape, low, high).data.map((value, i) => (infinite.below(i, 8) === 0 ? Infinity : value))
  return ndarray(dtype, shape, encodeHalves(dtype, values))
}

/** Floats in which ties are common, for comparisons and argmax. */
export const coarse = (random: Random, shape: Shape): NdArray<"f32"> =>
  ndarray("f32", shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => random.below(i, 5) - 2))
