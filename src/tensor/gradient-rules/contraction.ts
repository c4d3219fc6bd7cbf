/** Gradient rules: ops that combine elements along axes: products, reductions, scans, softmax. */
import { full, ranked, unreduced, unstretched } from "../cotangent.ts"
import { cast, div, eq, exp, mul, sub } from "../elementwise.ts"
import type { Expr } from "../expr.ts"
import { matmul } from "../linear-algebra.ts"
import { cumsum, reduceSum } from "../reduce.ts"
import { withAxis } from "../shape.ts"
import { flat, type Rule, type Rules } from "./rule.ts"
import type { ContractionOps } from "../op/contraction.ts"

/** One product an operand, by transposition flags instead of transposed copies. */
const matmulRule: Rule<"matmul"> = ({ a, b, y, dy, attrs: { transposeA: ta, transposeB: tb } }) => {
  const d = full(dy, y.shape)
  const da = ta ? matmul(b, d, { transposeA: tb, transposeB: true }) : matmul(d, b, { transposeB: !tb })
  const db = tb ? matmul(d, a, { transposeA: true, transposeB: ta }) : matmul(a, d, { transposeA: !ta })
  const batched = (x: Expr) => [...y.shape.slice(0, -2), ...x.shape.slice(-2)]
  return [unstretched(da, batched(a), a.shape), unstretched(db, batched(b), b.shape)]
}

export const contractionRules: Rules<ContractionOps> = {
  matmul: matmulRule,
  reduce_sum: ({ a, dy, attrs: { axes, keepDims } }) => [unreduced(dy, a.shape.length, axes, keepDims)],
  reduce_max: ({ a, y, dy, attrs: { axes, keepDims } }) => {
    const rank = a.shape.length
    const largest = cast(eq(a, unreduced(y, rank, axes, keepDims)), "f32")
    return [mul(largest, div(unreduced(dy, rank, axes, keepDims), reduceSum(largest, axes, true)))]
  },
  argmax: flat,
  top_k: flat,
  // The adjoint runs from the other end.
  cumsum: ({ a, dy, attrs: { axis, exclusive, reverse } }) => [cumsum(full(dy, a.shape), axis, { exclusive, reverse: !reverse })],
  softmax: ({ y, dy, attrs: { axis } }) => [mul(y, sub(dy, reduceSum(mul(dy, y), axis, true)))],
  log_softmax: ({ y, dy, attrs: { axis } }) => [
    sub(dy, mul(exp(y), unstretched(ranked(dy, y.shape.length), y.shape, withAxis(y.shape, axis, 1)))),
  ],
}
