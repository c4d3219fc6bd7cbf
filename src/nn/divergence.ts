/**
 * Divergences between distributions over classes, in nats, from logits f32 [..., classes] that broadcast; means over all but the
 * last axis, f32 []. Gradients flow into both sides: stop the one that is a target.
 */
import { logSoftmax } from "../tensor/activation.ts"
import { add, div, exp, mul, sub } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { logSumExp, mean, reduceSum } from "../tensor/reduce.ts"
import { stack } from "../tensor/reshape.ts"

/** sum p (ln p - ln q) from log-probabilities. */
const relative = (logP: Expr, logQ: Expr): Expr => reduceSum(mul(exp(logP), sub(logP, logQ)), -1)

/** KL(p || q), p and q the softmax of `p` and `q`. */
export const klDivergence = (p: Expr, q: Expr): Expr => mean(relative(logSoftmax(p), logSoftmax(q)))

/** (KL(p || m) + KL(q || m)) / 2 with m = (p + q) / 2 (Lin 1991): symmetric, at most ln 2. */
export const jensenShannon = (p: Expr, q: Expr): Expr => {
  const [logP, logQ] = [logSoftmax(p), logSoftmax(q)]
  const middle = sub(logSumExp(stack([logP, logQ]), 0), Math.LN2)
  return mul(mean(add(relative(logP, middle), relative(logQ, middle))), 0.5)
}

/** Distillation (Hinton et al., arXiv 1503.02531): t^2 KL(softmax(teacher / t) || softmax(student / t)), the teacher's gradient its caller's business. */
export const distillation = (teacher: Expr, student: Expr, temperature: number): Expr =>
  mul(klDivergence(div(teacher, temperature), div(student, temperature)), temperature ** 2)

/** Shannon entropy in nats, mean over all but the last axis. */
export const entropy = (logits: Expr): Expr => {
  const scores = logSoftmax(logits)
  return mul(mean(reduceSum(mul(exp(scores), scores), -1)), -1)
}
