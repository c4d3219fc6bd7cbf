/** Generated cases: ops that combine elements along axes: products, reductions, scans, softmax. */
import fc from "fast-check"
import type { NdArray, Shape } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { Axis, Reduce } from "../../../../src/tensor/op/attributes.ts"
import type { ContractionOps } from "../../../../src/tensor/op/contraction.ts"
import type { Case } from "../conformance/case.ts"
import { floats } from "../conformance/values.ts"
import { extent, filled, fit, flag, type GeneratedTable, longExtent, numberDtype, numeric, operandOf, pick, row, shape, shrunk, speckled, tied, within } from "./arbitrary.ts"

const matmul = row(
  { batch: shape({ rank: [0, 2], most: 6 }), parts: fc.tuple(shrunk, shrunk), extents: fc.tuple(extent, extent, extent), transposeA: flag, transposeB: flag },
  ({ batch, parts: [a, b], extents, transposeA, transposeB }, random) => {
    const [m, k, n] = fit(extents, 5000) as [number, number, number]
    const of = (label: string, stack: Shape, matrix: Shape, swap: boolean) =>
      floats(random.fork(label), [...stack, ...(swap ? [...matrix].reverse() : matrix)])
    return { attrs: { transposeA, transposeB }, args: [of("a", operandOf(batch, a), [m, k], transposeA), of("b", operandOf(batch, b), [k, n], transposeB)] }
  },
)

/** Along any axes, none and all included; with an `empty` one only where the op has a value for it. */
const reduce = (empty: boolean, make: (random: Random, shape: Shape, dtype: "f32" | "i32") => NdArray): fc.Arbitrary<Case<Reduce>> =>
  row(
    { shape: shape({ extents: longExtent, most: 1100 }), chosen: fc.array(flag, { minLength: 4, maxLength: 4 }), keepDims: flag, dtype: numberDtype },
    ({ shape, chosen, keepDims, dtype }, random) => {
      const axes = [...shape.keys()].filter((axis) => chosen[axis])
      return { attrs: { axes, keepDims }, args: [make(random, empty ? shape : filled(shape, axes), dtype)] }
    },
  )

/** Along one axis. */
const line = (make: (random: Random, shape: Shape) => NdArray, most: number, empty = true): fc.Arbitrary<Case<Axis>> =>
  row({ shape: shape({ rank: [1, 4], extents: longExtent, most }), pick }, ({ shape, pick }, random) => {
    const axis = within(pick, shape.length)
    return { attrs: { axis }, args: [make(random, empty ? shape : filled(shape, [axis]))] }
  })

export const contraction: GeneratedTable<ContractionOps> = {
  matmul,
  reduce_sum: reduce(true, (random, shape, dtype) => numeric(random, shape, dtype)),
  reduce_max: reduce(false, tied),
  argmax: line((random, shape) => tied(random, shape, "f32"), 600, false),
  top_k: row(
    { shape: shape({ rank: [1, 4], extents: longExtent, most: 600 }), pick, part: fc.nat(4), largest: flag, dtype: numberDtype },
    ({ shape, pick, part, largest, dtype }, random) => {
      const axis = within(pick, shape.length)
      const array = tied(random, shape, dtype)
      const whole = array.dtype === "f32" ? speckled(random, array as NdArray<"f32">, NaN, Infinity, -Infinity) : array
      return { attrs: { axis, k: Math.ceil((shape[axis]! * part) / 4), largest }, args: [whole] }
    },
  ),
  cumsum: row(
    { shape: shape({ rank: [1, 4], extents: longExtent, most: 600 }), pick, exclusive: flag, reverse: flag, dtype: numberDtype },
    ({ shape, pick, exclusive, reverse, dtype }, random) => ({
      attrs: { axis: within(pick, shape.length), exclusive, reverse },
      args: [numeric(random, shape, dtype)],
    }),
  ),
  softmax: line((random, shape) => floats(random, shape, -30, 30), 300),
  log_softmax: line((random, shape) => floats(random, shape, -30, 30), 300),
}
