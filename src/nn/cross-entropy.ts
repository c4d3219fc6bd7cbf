/** Cross-entropy of next-token predictions. */
import { logSoftmax } from "../tensor/activation.ts"
import { neg } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { takeAlong } from "../tensor/indexing.ts"
import { mean } from "../tensor/reduce.ts"
import { expandDims, reshape } from "../tensor/reshape.ts"

/** Natural log-probability of each target: `logits` f32 [..., classes], `targets` i32 [...] -> f32 [...]. */
export const logProbability = (logits: Expr, targets: Expr): Expr =>
  reshape(takeAlong(logSoftmax(logits), expandDims(targets, -1)), targets.shape)

/** Mean negative log-likelihood in nats, f32 []. */
export const crossEntropy = (logits: Expr, targets: Expr): Expr => neg(mean(logProbability(logits, targets)))
