/**
 * One optimiser step as one program: forward, backward, clipping, update. New weights and state leave under the names of
 * the old ones, so a device that holds them replaces them in place (device/device.ts). Weights that are not trained get
 * no gradient: the backward pass ends above them.
 */
import { must } from "../base/assert.ts"
import type { Shape, Tensors } from "../base/ndarray.ts"
import { mul } from "../tensor/elementwise.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { gradients } from "../tensor/gradient.ts"
import { makeProgram } from "../tensor/make-program.ts"
import type { Program } from "../tensor/program.ts"
import { input } from "../tensor/source.ts"
import { adamw, type AdamW } from "./adamw.ts"
import { clipScale, globalNorm } from "./clip.ts"
import { initState, type Optimiser } from "./optimiser.ts"

export interface TrainingStep {
  /** Shapes of the weights that train; all f32. */
  readonly trained: { readonly [name: string]: Shape }
  /** Other inputs of the loss: frozen weights and the batch. They have no output, so they cannot change. */
  readonly given: Exprs
  /** The loss f32 [] from all of them. */
  readonly loss: (inputs: Exprs) => Expr
  /** AdamW by its settings, or any other. */
  readonly optimiser: AdamW | Optimiser
  /** Largest global norm of the gradient; no clipping without it. */
  readonly clip?: number
}

/**
 * Inputs: the weights, the optimiser's state (`m/<weight>`, ...) and scalars (`adamwScalars`), and what is given.
 * Outputs: weights and state, `loss`, and `gradient_norm` before clipping, both f32 [].
 */
export const trainingStep = ({ trained, given, loss, optimiser, clip }: TrainingStep): Program => {
  const { state: prefixes, scalars: scalarNames, update } = "update" in optimiser ? optimiser : adamw(optimiser)
  const names = Object.keys(trained).sort()
  const weights = inputsOf(names, (name) => input(name, trained[name] as Shape))
  const states = inputsOf(
    prefixes.flatMap((prefix) => names.map((name) => `${prefix}/${name}`)),
    (state) => input(state, trained[state.slice(state.indexOf("/") + 1)] as Shape),
  )
  const scalars = inputsOf(scalarNames, (name) => input(name, []))

  const value = loss({ ...given, ...weights })
  const slopes = gradients(
    value,
    names.map((name) => must(weights[name], name)),
  )
  const norm = globalNorm(slopes)
  const scale = clip === undefined ? 1 : clipScale(norm, clip)
  const outputs: Record<string, Expr> = { loss: value, gradient_norm: norm }
  names.forEach((name, i) => {
    const next = update({
      weight: must(weights[name], name),
      gradient: mul(must(slopes[i], name), scale),
      state: inputsOf(prefixes, (prefix) => must(states[`${prefix}/${name}`], name)),
      scalars,
    })
    outputs[name] = next.weight
    for (const prefix of prefixes) outputs[`${prefix}/${name}`] = must(next.state[prefix], prefix)
  })
  const inputs = [weights, states, given, scalars].flatMap((group) => Object.values(group))
  return makeProgram({ inputs, outputs })
}

/** AdamW's state before the first step: zeros named `m/<weight>` and `v/<weight>`. */
export const initMoments = (trained: Tensors): Tensors => initState({ state: ["m", "v"] }, trained)

const inputsOf = (names: readonly string[], f: (name: string) => Expr): Exprs => Object.fromEntries(names.map((name) => [name, f(name)]))
