/**
 * Lion (Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675, algorithm 2):
 *
 *   w' = w (1 - lr decay) - lr sign(b1 m + (1 - b1) g)        m' = b2 m + (1 - b2) g
 */
import { scalar } from "../base/ndarray.ts"
import { add, mul, sub } from "../tensor/elementwise.ts"
import { sign } from "../tensor/rounding.ts"
import { decayed, held, type Optimiser } from "./optimiser.ts"

export interface Lion {
  /** The authors' 0.9. */
  readonly beta1: number
  /** The authors' 0.99. */
  readonly beta2: number
  /** Decoupled decay of weights of rank 2 and more. */
  readonly weightDecay: number
}

/** State `m`, the momentum. */
export const lion = ({ beta1, beta2, weightDecay }: Lion): Optimiser => ({
  state: () => ({ m: "zeros" }),
  at: (lr) => ({ "lion/rate": scalar("f32", lr), "lion/keep": scalar("f32", 1 - lr * weightDecay) }),
  update: ({ weight, gradient, ...site }) => {
    const at = held(site)
    const direction = sign(add(mul(at("m"), beta1), mul(gradient, 1 - beta1)))
    const next = sub(decayed(weight, at("lion/keep")), mul(direction, at("lion/rate")))
    return { weight: next, state: { m: add(mul(at("m"), beta2), mul(gradient, 1 - beta2)) } }
  },
})
