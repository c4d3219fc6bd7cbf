/**
 * What the rows of the generated table are written with. A row names its random parts (shapes, attributes) and says how
 * they make a case; parts that depend on each other are drawn apart and fitted (an axis as a number that is taken modulo the
 * rank), so that every draw is a case and fast-check can shrink each part by itself. Elements come from a seeded stream.
 */
import fc from "fast-check"
import { isHalf } from "../../../../src/base/half.ts"
import type { Dtype, NdArray, Shape } from "../../../../src/base/ndarray.ts"
import { random, type Random } from "../../../../src/base/random.ts"
import type { OpAttrs, OpName } from "../../../../src/tensor/op.ts"
import type { Case } from "../conformance/case.ts"
import { bools, bytes, coarse, floats, halves, ints } from "../conformance/values.ts"

/** Cases of every op of a family: one that is forgotten does not compile. */
export type GeneratedTable<Ops> = { readonly [Op in keyof Ops & OpName]: fc.Arbitrary<Case<OpAttrs[Op]>> }

/** A row: `make` turns the drawn parts into a case, with a stream for the elements. */
export const row = <Parts extends object, Attrs>(
  parts: { readonly [Part in keyof Parts]: fc.Arbitrary<Parts[Part]> },
  make: (parts: Parts, random: Random) => Case<Attrs>,
): fc.Arbitrary<Case<Attrs>> =>
  fc.tuple(fc.record(parts) as unknown as fc.Arbitrary<Parts>, fc.nat()).map(([drawn, seed]) => make(drawn, random(`${seed}`)))

/** Mostly small; primes; powers of two and their neighbours, beyond a vector register; now and then nothing. */
export const extent: fc.Arbitrary<number> = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 5 }), weight: 9 },
  { arbitrary: fc.constantFrom(7, 11, 13, 17, 31), weight: 4 },
  { arbitrary: fc.constantFrom(8, 16, 32, 33, 64, 65, 67, 129), weight: 2 },
  { arbitrary: fc.constant(0), weight: 1 },
)

/** Extents longer than any block in which a device sums or scans. */
export const longExtent: fc.Arbitrary<number> = fc.oneof(
  { arbitrary: extent, weight: 5 },
  { arbitrary: fc.constantFrom(256, 257, 509, 1024, 1031), weight: 1 },
)

/** The same extents, later ones cut so that there are at most `most` elements. */
export const fit = (shape: Shape, most: number): Shape => {
  let room = most
  return shape.map((wanted) => {
    const given = Math.min(wanted, room)
    room = Math.max(1, Math.floor(room / Math.max(1, given)))
    return given
  })
}

export interface ShapeOptions {
  /** Fewest and most axes; default 0 and 4. */
  readonly rank?: readonly [number, number]
  readonly extents?: fc.Arbitrary<number>
  /** Most elements; default 400, because the interpreter is slow. */
  readonly most?: number
}

export const shape = ({ rank: [minLength, maxLength] = [0, 4], extents = extent, most = 400 }: ShapeOptions = {}): fc.Arbitrary<Shape> =>
  fc.array(extents, { minLength, maxLength }).map((extents) => fit(extents, most))

/** Any number; `within` makes it an axis. */
export const pick: fc.Arbitrary<number> = fc.nat(11)
export const within = (drawn: number, rank: number): number => drawn % rank

/** `shape` with extent `by` along `axis`. */
export const along = (shape: Shape, axis: number, ...by: readonly number[]): Shape => [...shape.slice(0, axis), ...by, ...shape.slice(axis + 1)]

/** The shape without empty extents along these axes (default: all). */
export const filled = (shape: Shape, axes: readonly number[] = [...shape.keys()]): Shape =>
  shape.map((extent, axis) => (axes.includes(axis) ? Math.max(1, extent) : extent))

/** How an operand is smaller than the shape it stretches to: axes missing in front, and axes of extent 1. */
export interface Shrunk {
  readonly missing: number
  readonly ones: readonly boolean[]
}
export const shrunk: fc.Arbitrary<Shrunk> = fc.record({
  missing: fc.constantFrom(0, 0, 0, 1, 2, 4),
  ones: fc.array(fc.constantFrom(false, false, false, true), { minLength: 5, maxLength: 5 }),
})
export const operandOf = (shape: Shape, { missing, ones }: Shrunk): Shape =>
  shape.map((extent, axis) => (ones[axis] ? 1 : extent)).slice(Math.min(missing, shape.length))

/** Two shapes that broadcast. */
export const shapePair = (options?: ShapeOptions): fc.Arbitrary<readonly [Shape, Shape]> =>
  fc.tuple(shape(options), shrunk, shrunk).map(([shape, a, b]) => [operandOf(shape, a), operandOf(shape, b)])

export const flag = fc.boolean()
export const anyDtype: fc.Arbitrary<Dtype> = fc.constantFrom("f32", "f32", "i32", "u8", "bool", "f16", "bf16")
export const numberDtype: fc.Arbitrary<"f32" | "i32"> = fc.constantFrom("f32", "f32", "i32")

/** Elements of any dtype that are moved and never computed with: f32 also as infinities, i32 as far as f32 is exact. */
export const movable = (random: Random, shape: Shape, dtype: Dtype): NdArray => {
  if (dtype === "i32") return ints(random, shape, -9_999_999, 10_000_000)
  if (dtype === "f32") return speckled(random, floats(random, shape, -100, 100), 0, Infinity, -Infinity, 3e38, -1e-30)
  if (isHalf(dtype)) return halves(random, shape, dtype)
  return dtype === "u8" ? bytes(random, shape) : bools(random, shape)
}

/** Elements to calculate with: f32 in [low, high), i32 within [-99, 99]. */
export const numeric = (random: Random, shape: Shape, dtype: "f32" | "i32", low = -2, high = 2): NdArray =>
  dtype === "f32" ? floats(random, shape, low, high) : ints(random, shape, -99, 100)

/** Elements among which ties are common. */
export const tied = (random: Random, shape: Shape, dtype: "f32" | "i32"): NdArray =>
  dtype === "f32" ? coarse(random, shape) : ints(random, shape, -2, 3)

/** About one element in eight replaced by one of `values`. */
export const speckled = (random: Random, array: NdArray<"f32">, ...values: readonly number[]): NdArray<"f32"> => {
  const which = random.fork("speckles")
  return { ...array, data: array.data.map((value, i) => values[which.below(i, values.length * 8)] ?? value) }
}
