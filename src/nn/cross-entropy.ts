/** Cross-entropy of classes, such as the next token. */
import { logSoftmax, relu } from "../tensor/activation.ts"
import { abs, add, cast, div, exp, log, max, mul, neg, sub } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { takeAlong } from "../tensor/indexing.ts"
import { mean, reduceSum } from "../tensor/reduce.ts"
import { expandDims, reshape } from "../tensor/reshape.ts"

/** Natural log-probability of each target: `logits` f32 [..., classes], `targets` i32 [...] -> f32 [...]. */
export const logProbability = (logits: Expr, targets: Expr): Expr =>
  reshape(takeAlong(logSoftmax(logits), expandDims(targets, -1)), targets.shape)

export interface CrossEntropy {
  /** 0 or 1, any dtype, of the shape of the targets: the mean is over what it keeps, and 0 if it keeps nothing. */
  readonly mask?: Expr
  /** Share of the target's mass that goes to all classes alike (Szegedy et al., arXiv 1512.00567, section 7); 0 unless said otherwise. */
  readonly smoothing?: number
}

/** Mean cross-entropy in nats, f32 []: `logits` f32 [..., classes], `targets` i32 [...]. */
export const crossEntropy = (logits: Expr, targets: Expr, { mask, smoothing = 0 }: CrossEntropy = {}): Expr => {
  const scores = smoothing === 0 ? logProbability(logits, targets) : smoothed(logits, targets, smoothing)
  if (mask === undefined) return neg(mean(scores))
  const kept = cast(mask, "f32")
  return neg(div(reduceSum(mul(scores, kept)), max(reduceSum(kept), 1)))
}

const smoothed = (logits: Expr, targets: Expr, smoothing: number): Expr => {
  const scores = logSoftmax(logits)
  const target = reshape(takeAlong(scores, expandDims(targets, -1)), targets.shape)
  return add(mul(target, 1 - smoothing), mul(mean(scores, -1), smoothing))
}

/**
 * Mean binary cross-entropy in nats, f32 [], from logits: max(x, 0) - x t + log(1 + exp(-|x|)), which cannot overflow.
 * @param logits f32 [...]; `targets` f32 [...], probabilities
 */
export const binaryCrossEntropy = (logits: Expr, targets: Expr): Expr =>
  mean(add(sub(relu(logits), mul(logits, targets)), log(add(exp(neg(abs(logits))), 1))))
