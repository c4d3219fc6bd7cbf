/** Generated cases: ops that read and add by index. Indices meet, are left out, and come in any order. */
import fc from "fast-check"
import type { NdArray, Shape } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { Case } from "../conformance/case.ts"
import { extent, along, anyDtype, filled, type GeneratedTable, movable, numberDtype, numeric, pick, row, shape, tied, within } from "./arbitrary.ts"
import type { IndexingOps } from "../../../../src/tensor/op/indexing.ts"
import { ints } from "../conformance/values.ts"

const read = { shape: shape({ rank: [1, 4], most: 200 }), pick, dtype: anyDtype }
const added = { ...read, dtype: numberDtype }
const indices = shape({ rank: [0, 3], most: 12 })

const scatter = (dtype: fc.Arbitrary<"f32" | "i32">, make: (random: Random, shape: Shape, dtype: "f32" | "i32") => NdArray): fc.Arbitrary<Case<IndexingOps["scatter_add"]>> =>
  row({ ...read, dtype, indices, size: extent }, ({ shape, pick, dtype, indices, size }, random) => {
    const axis = within(pick, shape.length)
    const room = Math.max(1, size)
    return { attrs: { axis, size: room }, args: [ints(random.fork("i"), indices, 0, room), make(random.fork("u"), along(shape, axis, ...indices), dtype)] }
  })

export const indexing: GeneratedTable<IndexingOps> = {
  gather: row({ ...read, indices }, ({ shape, pick, dtype, indices }, random) => {
    const axis = within(pick, shape.length)
    const whole = filled(shape, [axis])
    return { attrs: { axis }, args: [movable(random.fork("x"), whole, dtype), ints(random.fork("i"), indices, 0, whole[axis]!)] }
  }),
  scatter_add: scatter(numberDtype, numeric),
  scatter_max: scatter(fc.constant("f32"), tied),
  take_along: row({ ...read, count: extent }, ({ shape, pick, dtype, count }, random) => {
    const axis = within(pick, shape.length)
    const whole = filled(shape, [axis])
    return { attrs: { axis }, args: [movable(random.fork("x"), whole, dtype), ints(random.fork("i"), along(shape, axis, count), 0, whole[axis]!)] }
  }),
  put_along: row({ ...added, size: extent }, ({ shape, pick, dtype, size }, random) => {
    const axis = within(pick, shape.length)
    const room = Math.max(1, size)
    return { attrs: { axis, size: room }, args: [ints(random.fork("i"), shape, 0, room), numeric(random.fork("u"), shape, dtype)] }
  }),
}
