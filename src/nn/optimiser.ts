/**
 * What a training step needs of an optimiser: a pure function from weight, gradient and state to new weight and new state.
 * Not here: the optimisers (`adamw.ts`, `sgd.ts`), and the gradients.
 */
import { zeros, type Tensors } from "../base/ndarray.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"

export interface Optimiser {
  /** State that each weight has, of its shape, zeros before the first step: tensor `<prefix>/<weight>`. */
  readonly state: readonly string[]
  /** Inputs of a step, f32 [], the same for all weights. */
  readonly scalars: readonly string[]
  /** `gradient` is of the weight's shape, and clipped; `state` and `scalars` hold what was named above. */
  readonly update: (at: { readonly weight: Expr; readonly gradient: Expr; readonly state: Exprs; readonly scalars: Exprs }) => {
    readonly weight: Expr
    readonly state: Exprs
  }
}

/** The state before the first step, by name. */
export const initState = ({ state }: Pick<Optimiser, "state">, trained: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(trained).flatMap(([name, { shape }]) => state.map((prefix) => [`${prefix}/${name}`, zeros("f32", shape)])),
  )

/** Weights that decay shrinks: matrices; norms and biases are left alone. */
export const decays = ({ shape }: Expr): boolean => shape.length >= 2
