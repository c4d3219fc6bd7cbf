/**
 * What a training step needs of an optimiser: a pure function from weight, gradient and state to new weight and new state.
 * Not here: the optimisers (`adamw.ts`, `sgd.ts`, `lion.ts`, `muon.ts`), groups of weights (`param-groups.ts`), and the gradients.
 * A weight is frozen by not being among those that train.
 */
import { must } from "../base/assert.ts"
import { zeros, type Shape, type Tensors } from "../base/ndarray.ts"
import { mul } from "../tensor/elementwise.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"

/** A weight as an optimiser sees it before there is any. */
export interface WeightSpec {
  readonly name: string
  readonly shape: Shape
}

/** What a piece of state holds before the first step: zeros, or a copy of its weight. */
export type Start = "zeros" | "weight"

/** One weight at one step: `gradient` is of its shape, and clipped; `state` and `scalars` hold what was named. */
export interface Site {
  readonly name: string
  readonly weight: Expr
  readonly gradient: Expr
  readonly state: Exprs
  readonly scalars: Exprs
}

export interface Optimiser {
  /** State of a weight, of its shape, kept as tensor `<prefix>/<weight>`, by prefix. */
  readonly state: (weight: WeightSpec) => { readonly [prefix: string]: Start }
  /**
   * Inputs of step `t` (from 1) at learning rate `lr`, f32 [], the same for all weights. Computed on the host in float64, so that
   * devices agree on them; their names do not depend on the step.
   */
  readonly at: (lr: number, t: number) => Tensors
  readonly update: (site: Site) => { readonly weight: Expr; readonly state: Exprs }
}

/** Names of the optimiser's inputs. */
export const scalarsOf = ({ at }: Pick<Optimiser, "at">): readonly string[] => Object.keys(at(1, 1))

/** The state before the first step, by name. */
export const initState = ({ state }: Pick<Optimiser, "state">, trained: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(trained).flatMap(([name, weight]) =>
      Object.entries(state({ name, shape: weight.shape })).map(([prefix, start]) => [
        `${prefix}/${name}`,
        start === "weight" ? weight : zeros("f32", weight.shape),
      ]),
    ),
  )

/** The weight as decoupled decay leaves it: matrices times `keep`; norms and biases are left alone. */
export const decayed = (weight: Expr, keep: Expr): Expr => (weight.shape.length >= 2 ? mul(weight, keep) : weight)

/** State and scalars of a site, by name. */
export const held =
  ({ state, scalars }: Pick<Site, "state" | "scalars">) =>
  (name: string): Expr =>
    must(state[name] ?? scalars[name], name)
