/** Shape and dtype rules: ops that read and add by index. */
import type { Dtype, Shape } from "../../base/ndarray.ts"
import { equalShapes, showShape, withAxis } from "../shape.ts"
import { f32, i32, inRank, number, sameBut, two, typed, type Rule, type Rules } from "./rule.ts"
import type { IndexingOps } from "../op/indexing.ts"

/** Shape of the updates that `gather` of `shape` by indices of shape `index` along `axis` gives. */
const gathered = (shape: Shape, axis: number, index: Shape): Shape => withAxis(shape, axis, ...index)

const scatter = (dtypes: readonly Dtype[]): Rule<IndexingOps["scatter_add"]> =>
  two((indices, updates, { axis, size }, need) => {
    typed(need, indices, i32, "indices")
    typed(need, updates, dtypes, "updates")
    const end = axis + indices.shape.length
    need(
      axis >= 0 && equalShapes(updates.shape.slice(axis, end), indices.shape),
      `updates with extents ${showShape(indices.shape)} from axis ${axis}`,
    )
    return { shape: [...updates.shape.slice(0, axis), size, ...updates.shape.slice(end)], dtype: updates.dtype }
  })

export const indexingRules: Rules<IndexingOps> = {
  gather: two((x, indices, { axis }, need) => {
    typed(need, indices, i32, "indices")
    inRank(need, axis, x.shape)
    return { shape: gathered(x.shape, axis, indices.shape), dtype: x.dtype }
  }),
  scatter_add: scatter(number),
  scatter_max: scatter(f32),
  take_along: two((x, indices, { axis }, need) => {
    typed(need, indices, i32, "indices")
    inRank(need, axis, x.shape)
    need(sameBut(indices.shape, x.shape, axis), `indices of the operand's shape except along axis ${axis}`)
    return { shape: indices.shape, dtype: x.dtype }
  }),
  put_along: two((indices, updates, { axis, size }, need) => {
    typed(need, indices, i32, "indices")
    typed(need, updates, number, "updates")
    inRank(need, axis, updates.shape)
    need(equalShapes(indices.shape, updates.shape), "indices and updates of one shape")
    return { shape: withAxis(updates.shape, axis, size), dtype: updates.dtype }
  }),
}
