/** A model as an expression: what every program that only looks at a model has in common. */
import { gptForward, input, must, type Expr, type Exprs, type Tensors } from "#src"
import type { Model } from "./model.ts"
import type { Substrate } from "./substrate.ts"

export interface ModelInputs {
  /** Inputs of the program, to be bound: the weights and the substrate, under `prefix`. */
  readonly expressions: Exprs
  readonly values: Tensors
  /** Logits f32 [batch, length, vocabulary] of tokens i32 [batch, length]. */
  readonly logits: (tokens: Expr) => Expr
}

/** A trained substrate comes with the model and goes before the given one. `prefix` keeps several models in one program apart. */
export const modelInputs = ({ meta, tensors }: Model, substrate: Substrate, prefix = ""): ModelInputs => {
  const values: Tensors = { substrate: must(substrate.tensors["matrix"], "substrate.matrix"), ...tensors }
  const own = Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, input(prefix + name, shape)]))
  const renamed = <A>(record: { readonly [name: string]: A }): { [name: string]: A } =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [prefix + name, value]))
  return {
    expressions: renamed(own),
    values: renamed(values),
    logits: (tokens) => gptForward(meta, own, must(own["substrate"], "substrate"), tokens),
  }
}
