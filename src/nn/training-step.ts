/**
 * One optimiser step as one program: forward, backward, clipping, AdamW. New weights and moments leave under the names of
 * the old ones, so a device that holds them replaces them in place (device/device.ts). Weights that are not trained get
 * no gradient: the backward pass ends above them.
 */
import { must } from "../base/assert.ts"
import { zeros, type Shape, type Tensors } from "../base/ndarray.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { gradients } from "../tensor/gradient.ts"
import { makeProgram } from "../tensor/make-program.ts"
import type { Program } from "../tensor/program.ts"
import { input } from "../tensor/source.ts"
import { adamwUpdate, type AdamW } from "./adamw.ts"
import { clipScale, globalNorm } from "./clip.ts"

export interface TrainingStep {
  /** Shapes of the weights that train; all f32. */
  readonly trained: { readonly [name: string]: Shape }
  /** Other inputs of the loss: frozen weights and the batch. */
  readonly given: Exprs
  /** The loss f32 [] from all of them. */
  readonly loss: (inputs: Exprs) => Expr
  readonly optimiser: AdamW
  /** Largest global norm of the gradient. */
  readonly clip: number
}

/** Inputs: the weights, `m/<weight>`, `v/<weight>`, what is given, and `adamwScalars`. Outputs: weights and moments, `loss`, `gradient_norm`. */
export const trainingStep = ({ trained, given, loss, optimiser, clip }: TrainingStep): Program => {
  const names = Object.keys(trained).sort()
  const inputs = (prefix: string): Exprs => Object.fromEntries(names.map((name) => [name, input(prefix + name, trained[name] as Shape)]))
  const [weights, m, v] = [inputs(""), inputs("m/"), inputs("v/")]
  const scalars = { rate: input("adam/rate", []), root: input("adam/root", []), keep: input("adam/keep", []) }
  const value = loss({ ...given, ...weights })
  const slopes = gradients(value, names.map((name) => weights[name] as Expr))
  const norm = globalNorm(slopes)
  const scale = clipScale(norm, clip)
  const outputs: Record<string, Expr> = { loss: value, gradient_norm: norm }
  names.forEach((name, i) => {
    const [weight, first, second] = [weights[name], m[name], v[name]] as [Expr, Expr, Expr]
    const next = adamwUpdate(optimiser, scalars, { weight, gradient: must(slopes[i], name), m: first, v: second, scale })
    outputs[name] = next.weight
    outputs[`m/${name}`] = next.m
    outputs[`v/${name}`] = next.v
  })
  const sources = [...Object.values(weights), ...Object.values(m), ...Object.values(v), ...Object.values(given), ...Object.values(scalars)]
  return makeProgram({ inputs: sources, outputs })
}

/** Moments before the first step: zeros named `m/<weight>` and `v/<weight>`. */
export const initMoments = (trained: Tensors): Tensors =>
  Object.fromEntries(Object.entries(trained).flatMap(([name, { shape }]) => [[`m/${name}`, zeros("f32", shape)], [`v/${name}`, zeros("f32", shape)]]))
