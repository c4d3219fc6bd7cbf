/** Conformance cases of the shape ops, and of gathers with their adjoints. */
import type { Shape } from "../../../../src/base/ndarray.ts"
import type { OpName } from "../../../../src/tensor/op.ts"
import type { CaseTable } from "./case.ts"
import { bools, bytes, floats, ints } from "./values.ts"

type Pairs = readonly (readonly [Shape, Shape])[]

const reshapes: Pairs = [[[6], [2, 3]], [[2, 3], [6]], [[2, 3], [3, 1, 2]], [[1], []], [[], [1, 1]], [[0, 3], [3, 0, 2]]]

const transposes: Pairs = [[[3, 5], [1, 0]], [[2, 3, 5], [2, 0, 1]], [[2, 3, 4, 5], [0, 2, 1, 3]], [[7], [0]], [[2, 0], [1, 0]], [[], []]]

const broadcasts: Pairs = [[[], [3]], [[1], [4]], [[3, 1], [3, 5]], [[5], [2, 3, 5]], [[1, 3, 1], [2, 3, 4]], [[3], [3]], [[1], [0]]]

/** Shape of the source, axis, shape of the indices. */
const gathers: readonly (readonly [Shape, number, Shape])[] = [
  [[5], 0, [3]],
  [[5, 3], 0, [4]],
  [[5, 3], 1, [2, 2]],
  [[2, 5, 3], 1, [7]],
  [[5, 3], 0, []],
  [[11, 4], 0, [2, 9]],
  [[5, 3], 0, [0]],
]

/** Shape of the source, axis, extent of the indices along it. */
const takes: readonly (readonly [Shape, number, number])[] = [
  [[5], 0, 3],
  [[3, 5], 1, 1],
  [[3, 5], 0, 4],
  [[2, 3, 5], 1, 2],
  [[9, 31], 1, 1],
  [[3, 5], 1, 0],
]

const replaced = (shape: Shape, axis: number, by: Shape): Shape => [...shape.slice(0, axis), ...by, ...shape.slice(axis + 1)]

export const layoutCases = {
  reshape: (random) =>
    reshapes.map(([from, shape], i) => ({
      attrs: { shape },
      args: [floats(random.fork(`${i}`), from)],
    })),
  transpose: (random) => [
    ...transposes.map(([shape, permutation], i) => ({ attrs: { permutation }, args: [floats(random.fork(`${i}`), shape)] })),
    { attrs: { permutation: [1, 0] }, args: [ints(random, [3, 4], -9, 9)] },
    { attrs: { permutation: [1, 0] }, args: [bools(random, [3, 4])] },
  ],
  broadcast: (random) => [
    ...broadcasts.map(([from, shape], i) => ({ attrs: { shape }, args: [floats(random.fork(`${i}`), from)] })),
    { attrs: { shape: [2, 5] }, args: [ints(random, [5], -9, 9)] },
    { attrs: { shape: [2, 5] }, args: [bools(random, [2, 1])] },
  ],
  slice: (random) => [
    { attrs: { starts: [1], ends: [4], steps: [1] }, args: [floats(random, [7])] },
    { attrs: { starts: [0, 1], ends: [3, 5], steps: [2, 3] }, args: [floats(random, [3, 5])] },
    { attrs: { starts: [0, 2, 0], ends: [2, 3, 4], steps: [1, 1, 1] }, args: [floats(random, [2, 3, 4])] },
    { attrs: { starts: [0, 0], ends: [3, 5], steps: [1, 1] }, args: [floats(random, [3, 5])] },
    { attrs: { starts: [2], ends: [2], steps: [1] }, args: [floats(random, [5])] },
    { attrs: { starts: [1], ends: [6], steps: [2] }, args: [ints(random, [7], -9, 9)] },
    { attrs: { starts: [1], ends: [6], steps: [2] }, args: [bytes(random, [7])] },
  ],
  pad: (random) => [
    { attrs: { low: [2], high: [1], value: 0 }, args: [floats(random, [3])] },
    { attrs: { low: [0, 1], high: [2, 0], value: -1.5 }, args: [floats(random, [2, 3])] },
    { attrs: { low: [0, 0], high: [0, 0], value: 3 }, args: [floats(random, [2, 3])] },
    { attrs: { low: [1, 0, 2], high: [1, 1, 0], value: 0 }, args: [floats(random, [2, 3, 4])] },
    { attrs: { low: [1, 0], high: [0, 2], value: -Infinity }, args: [floats(random, [2, 3])] },
    { attrs: { low: [1], high: [1], value: 7 }, args: [floats(random, [0])] },
    { attrs: { low: [1], high: [2], value: 4 }, args: [ints(random, [3], -9, 9)] },
  ],
  concat: (random) => [
    { attrs: { axis: 0 }, args: [floats(random.fork("a"), [2, 3]), floats(random.fork("b"), [1, 3])] },
    { attrs: { axis: 1 }, args: [floats(random.fork("c"), [2, 3]), floats(random.fork("d"), [2, 0]), floats(random.fork("e"), [2, 5])] },
    { attrs: { axis: 1 }, args: [floats(random.fork("f"), [2, 1, 3]), floats(random.fork("g"), [2, 4, 3])] },
    { attrs: { axis: 0 }, args: [ints(random.fork("h"), [3], -9, 9), ints(random.fork("i"), [4], -9, 9)] },
  ],
  gather: (random) => [
    ...gathers.map(([shape, axis, indices], i) => ({
      attrs: { axis },
      args: [floats(random.fork(`x${i}`), shape), ints(random.fork(`i${i}`), indices, 0, shape[axis]!)],
    })),
    { attrs: { axis: 0 }, args: [ints(random.fork("x"), [5], -9, 9), ints(random.fork("i"), [3], 0, 5)] },
  ],
  scatter_add: (random) =>
    gathers.map(([shape, axis, indices], i) => ({
      attrs: { axis, size: shape[axis]! },
      args: [ints(random.fork(`i${i}`), indices, 0, shape[axis]!), floats(random.fork(`u${i}`), replaced(shape, axis, indices))],
    })),
  scatter_max: (random) =>
    gathers.map(([shape, axis, indices], i) => ({
      attrs: { axis, size: shape[axis]! },
      args: [ints(random.fork(`i${i}`), indices, 0, shape[axis]!), floats(random.fork(`u${i}`), replaced(shape, axis, indices), -3, -1)],
    })),
  take_along: (random) =>
    takes.map(([shape, axis, count], i) => ({
      attrs: { axis },
      args: [floats(random.fork(`x${i}`), shape), ints(random.fork(`i${i}`), replaced(shape, axis, [count]), 0, shape[axis]!)],
    })),
  put_along: (random) =>
    takes.map(([shape, axis, count], i) => {
      const at = replaced(shape, axis, [count])
      const size = shape[axis]!
      return { attrs: { axis, size }, args: [ints(random.fork(`i${i}`), at, 0, size), floats(random.fork(`u${i}`), at, 1, 3)] }
    }),
} satisfies Partial<CaseTable<OpName>>
