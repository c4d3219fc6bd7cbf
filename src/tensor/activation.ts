/**
 * Smooth non-linearities of neural networks, made of elementwise ops.
 */
import { apply } from "./apply.ts"
import { add, erf, exp, max, mul, neg, tanh } from "./elementwise.ts"
import { log1p } from "./exponential.ts"
import type { Expr } from "./expr.ts"
import { magnitude } from "./fold.ts"
import { fromFront } from "./shape.ts"
import { constant } from "./source.ts"

/** Along `axis`, the largest element subtracted first. */
export const softmax = (x: Expr, axis = -1): Expr => apply("softmax", [x], { axis: fromFront(axis, x.shape.length) })

/** log(softmax(x)), without forming the softmax. */
export const logSoftmax = (x: Expr, axis = -1): Expr => apply("log_softmax", [x], { axis: fromFront(axis, x.shape.length) })

/** 1 / (1 + exp(-x)), as (1 + tanh(x / 2)) / 2, which cannot overflow. */
export const sigmoid = (x: Expr): Expr => mul(add(tanh(mul(x, 0.5)), 1), 0.5)

/** max(0, x); the gradient at 0 is 0. */
export const relu = (x: Expr): Expr => max(constant(0), x)

/** log(1 + exp(x)), which cannot overflow; its gradient is the sigmoid. */
export const softplus = (x: Expr): Expr => add(max(x, 0), log1p(exp(neg(magnitude(x)))))

/** x * sigmoid(x), also called swish (Elfwing et al., arXiv 1702.03118). */
export const silu = (x: Expr): Expr => mul(x, sigmoid(x))

/** `erf`: exact. `tanh`: the approximation that GPT-2 used. */
export type Gelu = "erf" | "tanh"

/** x * Phi(x), Phi the standard normal distribution function (Hendrycks & Gimpel, arXiv 1606.08415). */
export const gelu = (x: Expr, form: Gelu = "erf"): Expr => {
  const z = form === "erf" ? erf(mul(x, Math.SQRT1_2)) : tanh(mul(x, add(mul(mul(x, x), 0.044715 * root), root)))
  return mul(x, add(mul(z, 0.5), 0.5))
}

const root = Math.sqrt(2 / Math.PI)
