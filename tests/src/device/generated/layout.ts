/** Generated cases: ops that move or repeat elements. */
import fc from "fast-check"
import { type Shape, sizeOf } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { LayoutOps } from "../../../../src/tensor/op/layout.ts"
import { along, anyDtype, type GeneratedTable, movable, numberDtype, operandOf, pick, row, shape, shrunk, within } from "./arbitrary.ts"

const primes = (n: number): number[] => {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return [p, ...primes(n / p)]
  return n > 1 ? [n] : []
}

/** Another shape of as many elements, of rank `rank` or as few as it takes. */
const reshaped = (shape: Shape, rank: number, random: Random): Shape => {
  const size = sizeOf(shape)
  if (rank === 0) return size === 1 ? [] : [size]
  const extents = Array<number>(rank).fill(1)
  primes(size).forEach((prime, i) => (extents[random.below(i, rank)]! *= prime))
  if (size === 0) extents[random.below(0, rank)] = 0
  return extents
}

const shuffled = (rank: number, random: Random): readonly number[] =>
  Array.from({ length: rank }, (_, axis) => [random.uniform(axis), axis] as const)
    .sort(([a], [b]) => a - b)
    .map(([, axis]) => axis)

const moved = { shape: shape(), dtype: anyDtype }

export const layout: GeneratedTable<LayoutOps> = {
  reshape: row({ ...moved, rank: fc.nat(5) }, ({ shape, dtype, rank }, random) => ({
    attrs: { shape: reshaped(shape, rank, random) },
    args: [movable(random, shape, dtype)],
  })),
  transpose: row(moved, ({ shape, dtype }, random) => ({ attrs: { permutation: shuffled(shape.length, random) }, args: [movable(random, shape, dtype)] })),
  broadcast: row({ ...moved, shrunk }, ({ shape, dtype, shrunk }, random) => ({ attrs: { shape }, args: [movable(random, operandOf(shape, shrunk), dtype)] })),
  slice: row({ ...moved, steps: fc.array(fc.constantFrom(1, 1, 1, 2, 3, 7), { minLength: 4, maxLength: 4 }) }, ({ shape, dtype, steps }, random) => {
    const starts = shape.map((extent, axis) => (random.below(axis, 2) === 0 ? 0 : random.below(10 + axis, extent + 1)))
    const ends = shape.map((extent, axis) => (random.below(20 + axis, 2) === 0 ? extent : starts[axis]! + random.below(30 + axis, extent - starts[axis]! + 1)))
    return { attrs: { starts, ends, steps: steps.slice(0, shape.length) }, args: [movable(random.fork("x"), shape, dtype)] }
  }),
  pad: row({ shape: shape({ most: 100 }), dtype: numberDtype, value: fc.constantFrom(0, 0, 7, -3) }, ({ shape, dtype, value }, random) => {
    const [low, high] = [shape.map((_, axis) => random.below(axis, 4)), shape.map((_, axis) => random.below(10 + axis, 4))]
    return { attrs: { low, high, value }, args: [movable(random.fork("x"), shape, dtype)] }
  }),
  concat: row(
    { shape: shape({ rank: [1, 4], most: 40 }), dtype: anyDtype, pick, extents: fc.array(fc.constantFrom(0, 1, 2, 3, 5, 17), { minLength: 2, maxLength: 9 }) },
    ({ shape, dtype, pick, extents }, random) => {
      const axis = within(pick, shape.length)
      return { attrs: { axis }, args: extents.map((extent, i) => movable(random.fork(`${i}`), along(shape, axis, extent), dtype)) }
    },
  ),
}
