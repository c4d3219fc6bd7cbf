/**
 * AdamW (Loshchilov & Hutter, arXiv 1711.05101) as a pure function of weight, gradient and moments:
 *
 *   m' = b1 m + (1 - b1) g        v' = b2 v + (1 - b2) g^2
 *   w' = w (1 - lr decay) - lr m' / (1 - b1^t) / (sqrt(v' / (1 - b2^t)) + eps)
 *
 * What depends on the step alone is computed on the host (`adamwScalars`), in float64, so that devices agree on it.
 */
import { scalar, type Tensors } from "../base/ndarray.ts"
import { add, div, mul, sqrt, square, sub } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"

export interface AdamW {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled decay of weights of rank 2 and more; norms and biases are left alone. */
  readonly weightDecay: number
}

/** Inputs of a step, f32 []: `adam/rate` is lr / (1 - b1^t), `adam/root` is 1 / sqrt(1 - b2^t), `adam/keep` is 1 - lr decay. */
export interface AdamWScalars<A = Expr> {
  readonly rate: A
  readonly root: A
  readonly keep: A
}

/** The scalars of step `t` (from 1) at learning rate `lr`. */
export const adamwScalars = ({ beta1, beta2, weightDecay }: AdamW, lr: number, t: number): Tensors => ({
  "adam/rate": scalar("f32", lr / (1 - beta1 ** t)),
  "adam/root": scalar("f32", 1 / Math.sqrt(1 - beta2 ** t)),
  "adam/keep": scalar("f32", 1 - lr * weightDecay),
})

/** One update. `scale` f32 [] multiplies the gradient first (clipping). All others of the weight's shape. */
export const adamwUpdate = (
  { beta1, beta2, epsilon }: AdamW,
  { rate, root, keep }: AdamWScalars,
  { weight, gradient, m, v, scale }: { readonly weight: Expr; readonly gradient: Expr; readonly m: Expr; readonly v: Expr; readonly scale: Expr },
): { readonly weight: Expr; readonly m: Expr; readonly v: Expr } => {
  const scaled = mul(gradient, scale)
  const m1 = add(mul(m, beta1), mul(scaled, 1 - beta1))
  const v1 = add(mul(v, beta2), mul(square(scaled), 1 - beta2))
  const step = mul(div(m1, add(mul(sqrt(v1), root), epsilon)), rate)
  const decayed = weight.shape.length >= 2 ? mul(weight, keep) : weight
  return { weight: sub(decayed, step), m: m1, v: v1 }
}
