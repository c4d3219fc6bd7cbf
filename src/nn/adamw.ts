/**
 * AdamW (Loshchilov & Hutter, arXiv 1711.05101), and Adam (Kingma & Ba, arXiv 1412.6980) where there is no decay:
 *
 *   m' = b1 m + (1 - b1) g        v' = b2 v + (1 - b2) g^2
 *   w' = w (1 - lr decay) - lr m' / (1 - b1^t) / (sqrt(v' / (1 - b2^t)) + eps)
 *
 * Both sides of the fraction are multiplied by sqrt(1 - b2^t), which spares a pass over every weight.
 */
import { scalar, type Tensors } from "../base/ndarray.ts"
import { add, div, mul, sqrt, square, sub } from "../tensor/elementwise.ts"
import { decayed, held, type Optimiser } from "./optimiser.ts"

export interface AdamW {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled decay of weights of rank 2 and more; norms and biases are left alone. */
  readonly weightDecay: number
}

/** Inputs of step `t` (from 1) at learning rate `lr`, f32 []: w' = w keep - rate m' / (sqrt(v') + epsilon). */
export const adamwScalars = ({ beta1, beta2, epsilon, weightDecay }: AdamW, lr: number, t: number): Tensors => {
  const root = Math.sqrt(1 - beta2 ** t)
  return {
    "adam/rate": scalar("f32", (lr * root) / (1 - beta1 ** t)),
    "adam/epsilon": scalar("f32", epsilon * root),
    "adam/keep": scalar("f32", 1 - lr * weightDecay),
  }
}

/** State `m` and `v`, the moments. */
export const adamw = (settings: AdamW): Optimiser => ({
  state: () => ({ m: "zeros", v: "zeros" }),
  at: (lr, t) => adamwScalars(settings, lr, t),
  update: ({ weight, gradient, ...site }) => {
    const { beta1, beta2 } = settings
    const at = held(site)
    const m = add(mul(at("m"), beta1), mul(gradient, 1 - beta1))
    // The factor under the square, where it goes into the scalar that clips the gradient.
    const v = add(mul(at("v"), beta2), square(mul(gradient, Math.sqrt(1 - beta2))))
    const step = mul(div(m, add(sqrt(v), at("adam/epsilon"))), at("adam/rate"))
    return { weight: sub(decayed(weight, at("adam/keep")), step), state: { m, v } }
  },
})

/** AdamW without decay. */
export const adam = (settings: Omit<AdamW, "weightDecay">): Optimiser => adamw({ ...settings, weightDecay: 0 })
