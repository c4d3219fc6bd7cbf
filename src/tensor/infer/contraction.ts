/** Shape and dtype rules: ops that combine elements along axes: products, reductions, scans, softmax. */
import type { OpAttrs } from "../op.ts"
import { showShape, withAxis } from "../shape.ts"
import { f32, inRank, nonEmpty, number, one, stretched, two, type Rule, type Rules } from "./rule.ts"
import type { ContractionOps } from "../op/contraction.ts"

const reduce = (empty: boolean): Rule<OpAttrs["reduce_sum"]> =>
  one(number, ({ shape, dtype }, { axes, keepDims }, need) => {
    axes.forEach((axis) => inRank(need, axis, shape))
    need(
      axes.every((axis, i) => i === 0 || axis > (axes[i - 1] as number)),
      `sorted axes without repeats, not ${showShape(axes)}`,
    )
    if (!empty) nonEmpty(need, { shape, dtype }, axes)
    const kept = shape.map((extent, i) => (axes.includes(i) ? 1 : extent))
    return { shape: keepDims ? kept : kept.filter((_, i) => !axes.includes(i)), dtype }
  })
const along: Rule<OpAttrs["softmax"]> = one(f32, (x, { axis }, need) => {
  inRank(need, axis, x.shape)
  return x
})

export const contractionRules: Rules<ContractionOps> = {
  matmul: two((a, b, { transposeA, transposeB }, need) => {
    need(a.dtype === "f32" && b.dtype === "f32", "operands of f32")
    need(a.shape.length >= 2 && b.shape.length >= 2, "operands of rank 2 or more")
    const [m, k] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2)
    const [l, n] = transposeB ? b.shape.slice(-2).reverse() : b.shape.slice(-2)
    need(k === l, `inner extents to be equal, not ${k} and ${l} (transposeA ${transposeA}, transposeB ${transposeB})`)
    return { shape: [...stretched(need, a.shape.slice(0, -2), b.shape.slice(0, -2)), m as number, n as number], dtype: "f32" }
  }),
  reduce_sum: reduce(true),
  reduce_max: reduce(false),
  argmax: one(number, (x, { axis }, need) => {
    inRank(need, axis, x.shape)
    nonEmpty(need, x, [axis])
    return { shape: withAxis(x.shape, axis), dtype: "i32" }
  }),
  top_k: one(number, (x, { axis, k }, need) => {
    inRank(need, axis, x.shape)
    const extent = x.shape[axis] as number
    need(Number.isInteger(k) && k >= 0 && k <= extent, `k from 0 to the ${extent} elements along axis ${axis}, not ${k}`)
    return { shape: withAxis(x.shape, axis, k), dtype: "i32" }
  }),
  cumsum: one(number, (x, { axis }, need) => {
    inRank(need, axis, x.shape)
    return x
  }),
  softmax: along,
  log_softmax: along,
}
