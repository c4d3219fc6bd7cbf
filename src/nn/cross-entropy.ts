/** Cross-entropy of next-token predictions. */
import { logSoftmax } from "../tensor/activation.ts"
import { cast, div, max, mul, neg } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { takeAlong } from "../tensor/indexing.ts"
import { mean, reduceSum } from "../tensor/reduce.ts"
import { expandDims, reshape } from "../tensor/reshape.ts"

/** Natural log-probability of each target: `logits` f32 [..., classes], `targets` i32 [...] -> f32 [...]. */
export const logProbability = (logits: Expr, targets: Expr): Expr =>
  reshape(takeAlong(logSoftmax(logits), expandDims(targets, -1)), targets.shape)

/**
 * Mean negative log-likelihood in nats, f32 []. With a `mask` (0 or 1, any dtype, of the shape of `targets`), the mean over what it
 * keeps; 0 if it keeps nothing.
 */
export const crossEntropy = (logits: Expr, targets: Expr, mask?: Expr): Expr => {
  const scores = logProbability(logits, targets)
  if (mask === undefined) return neg(mean(scores))
  const kept = cast(mask, "f32")
  return neg(div(reduceSum(mul(scores, kept)), max(reduceSum(kept), 1)))
}
