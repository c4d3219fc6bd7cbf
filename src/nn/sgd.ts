/**
 * Stochastic gradient descent with momentum and decoupled decay:
 *
 *   m' = momentum m + g        w' = w (1 - lr decay) - lr m'              heavy ball (Polyak 1964)
 *                              w' = w (1 - lr decay) - lr (g + momentum m')   Nesterov, in the form of Sutskever et al. 2013
 */
import { scalar, type Tensors } from "../base/ndarray.ts"
import { add, mul, sub } from "../tensor/elementwise.ts"
import { decayed, held, type Optimiser } from "./optimiser.ts"

export interface Sgd {
  /** 0 for none: then there is no state. */
  readonly momentum: number
  /** Looks ahead along the momentum; false unless said otherwise. */
  readonly nesterov?: boolean
  /** Decoupled decay of weights of rank 2 and more. */
  readonly weightDecay: number
}

/** Inputs of a step at learning rate `lr`, f32 []. */
export const sgdScalars = ({ weightDecay }: Sgd, lr: number): Tensors => ({
  "sgd/rate": scalar("f32", lr),
  "sgd/keep": scalar("f32", 1 - lr * weightDecay),
})

/** State `m`, unless there is no momentum. */
export const sgd = (settings: Sgd): Optimiser => ({
  state: () => (settings.momentum === 0 ? {} : { m: "zeros" }),
  at: (lr) => sgdScalars(settings, lr),
  update: ({ weight, gradient, ...site }) => {
    const { momentum, nesterov = false } = settings
    const at = held(site)
    const m = momentum === 0 ? gradient : add(mul(at("m"), momentum), gradient)
    const step = nesterov ? add(gradient, mul(m, momentum)) : m
    const next = sub(decayed(weight, at("sgd/keep")), mul(step, at("sgd/rate")))
    return { weight: next, state: momentum === 0 ? {} : { m } }
  },
})
