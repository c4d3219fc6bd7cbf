/** Conformance cases of matrix products, reductions, scans and softmax. */
import type { Shape } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { OpAttrs, OpName } from "../../../../src/tensor/op.ts"
import type { Case, CaseTable } from "./case.ts"
import { coarse, floats, ints } from "./values.ts"

const swapLast = (shape: Shape, swap: boolean): Shape => (swap ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape)

/** Operand shapes before transposition. */
const products: readonly (readonly [Shape, Shape])[] = [
  [[3, 5], [5, 7]],
  [[1, 1], [1, 1]],
  [[33, 19], [19, 41]],
  [[2, 3, 5], [2, 5, 4]],
  [[2, 3, 5], [5, 7]],
  [[3, 5], [2, 5, 4]],
  [[2, 1, 3, 5], [3, 5, 2]],
  [[0, 5], [5, 3]],
  [[2, 0], [0, 3]],
  [[3, 4, 0], [3, 0, 2]],
]

const matmuls = (random: Random): readonly Case<OpAttrs["matmul"]>[] =>
  [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      products.map(([a, b], i) => ({
        attrs: { transposeA, transposeB },
        args: [floats(random.fork(`a${i}`), swapLast(a, transposeA)), floats(random.fork(`b${i}`), swapLast(b, transposeB))],
      })),
    ),
  )

const reductions: readonly (readonly [Shape, readonly number[]])[] = [
  [[5], [0]],
  [[3, 5], [0]],
  [[3, 5], [1]],
  [[3, 5], [0, 1]],
  [[2, 3, 5], [1]],
  [[2, 3, 5], [0, 2]],
  [[2, 1, 5], [1]],
  [[3, 5], []],
  [[], []],
  [[67, 129], [1]],
  [[67, 129], [0]],
  [[0, 3], [1]],
]

type Reduce = Case<OpAttrs["reduce_sum"]>

const reduce = (random: Random): readonly Reduce[] => [
  ...reductions.flatMap(([shape, axes], i) =>
    [false, true].map((keepDims): Reduce => ({ attrs: { axes, keepDims }, args: [floats(random.fork(`${i}`), shape)] })),
  ),
  { attrs: { axes: [1], keepDims: false }, args: [ints(random.fork("int"), [3, 7], -50, 50)] },
]

const lines: readonly (readonly [Shape, number])[] = [
  [[7], 0],
  [[3, 5], 0],
  [[3, 5], 1],
  [[2, 3, 4], 1],
  [[2, 1, 4], 1],
  [[19, 131], 1],
  [[0, 4], 1],
]

type Along = Case<OpAttrs["softmax"]>

const along =
  (low: number, high: number) =>
  (random: Random): readonly Along[] =>
    lines.map(([shape, axis], i) => ({ attrs: { axis }, args: [floats(random.fork(`${i}`), shape, low, high)] }))

export const contractionCases = {
  matmul: matmuls,
  reduce_sum: (random) => [...reduce(random), { attrs: { axes: [0], keepDims: false }, args: [floats(random, [0, 3])] }],
  reduce_max: reduce,
  argmax: (random) => lines.map(([shape, axis], i) => ({ attrs: { axis }, args: [coarse(random.fork(`${i}`), shape)] })),
  top_k: (random) => [
    ...lines.flatMap(([shape, axis], i) =>
      [true, false].flatMap((largest) =>
        [0, Math.ceil(shape[axis]! / 2), shape[axis]!].map((k) => ({ attrs: { axis, k, largest }, args: [coarse(random.fork(`${i}`), shape)] })),
      ),
    ),
    { attrs: { axis: 0, k: 5, largest: false }, args: [ints(random.fork("int"), [7], -3, 3)] },
    { attrs: { axis: 0, k: 3, largest: true }, args: [floats(random.fork("few of many"), [2050])] },
    { attrs: { axis: 0, k: 1031, largest: false }, args: [coarse(random.fork("long and prime"), [1031])] },
    { attrs: { axis: 1, k: 300, largest: true }, args: [ints(random.fork("a power of two"), [2, 512, 2], -50, 50)] },
    { attrs: { axis: 1, k: 4, largest: true }, args: [floats(random.fork("empty"), [0, 5])] },
  ],
  cumsum: (random) => [
    ...lines.flatMap(([shape, axis], i) =>
      [0, 1, 2, 3].map((bits) => ({
        attrs: { axis, exclusive: bits % 2 === 1, reverse: bits > 1 },
        args: [bits === 0 ? floats(random.fork(`${i}`), shape) : ints(random.fork(`${i}`), shape, -9, 9)],
      })),
    ),
    { attrs: { axis: 0, exclusive: true, reverse: true }, args: [floats(random.fork("both"), [131])] },
  ],
  softmax: along(-30, 30),
  log_softmax: along(-30, 30),
} satisfies Partial<CaseTable<OpName>>
