/**
 * One optimiser step as one program: forward, backward, clipping, update. New weights and state leave under the names of
 * the old ones, so a device that holds them replaces them in place (device/device.ts). Weights that are not trained get
 * no gradient: the backward pass ends above them.
 */
import { must } from "../base/assert.ts"
import { byNaturalOrder } from "../base/natural-order.ts"
import type { Shape, Tensors } from "../base/ndarray.ts"
import { mul } from "../tensor/elementwise.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { gradients } from "../tensor/gradient.ts"
import { makeProgram } from "../tensor/make-program.ts"
import type { Program } from "../tensor/program.ts"
import { equalShapes } from "../tensor/shape.ts"
import { input } from "../tensor/source.ts"
import { showTyped, TraceError } from "../tensor/trace-error.ts"
import { adamw, type AdamW } from "./adamw.ts"
import { clipScale, globalNorm } from "./clip.ts"
import { initState, scalarsOf, type Optimiser } from "./optimiser.ts"
import { perturbed } from "./sharpness.ts"

export interface TrainingStep {
  /** Shapes of the weights that train; all f32. */
  readonly trained: { readonly [name: string]: Shape }
  /** Other inputs of the loss: frozen weights, the batch, and what the loss carries. Only the last have an output, so only they change. */
  readonly given: Exprs
  /** The loss f32 [] from all of them; and, if there is any, what it carries from step to step. */
  readonly loss: (inputs: Exprs) => Expr | Carrying
  /** AdamW by its settings, or any other. */
  readonly optimiser: AdamW | Optimiser
  /** Largest global norm of the gradient; no clipping without it. */
  readonly clip?: number
  /** Sharpness-aware minimisation of this radius (`sharpness.ts`): the gradient is taken where the loss nearby is worst. */
  readonly sharpness?: number
}

/** A loss, and tensors that replace those of `given` of their names: running moments of batch norms. */
export interface Carrying {
  readonly loss: Expr
  readonly carried: Exprs
}

/**
 * Inputs: the weights, the optimiser's state (`m/<weight>`, ...) and scalars (its `at`), and what is given.
 * Outputs: weights and state, what the loss carries, `loss`, and `gradient_norm` before clipping, both f32 [].
 */
export const trainingStep = ({ trained, given, loss, optimiser, clip, sharpness }: TrainingStep): Program => {
  const { state: startsOf, at, update } = "update" in optimiser ? optimiser : adamw(optimiser)
  const names = Object.keys(trained).sort(byNaturalOrder)
  const shapeOf = (name: string): Shape => must(trained[name], name)
  const prefixesOf = (name: string) => Object.keys(startsOf({ name, shape: shapeOf(name) }))
  const weights = inputsOf(names, (name) => input(name, shapeOf(name)))
  const states: Exprs = Object.assign(
    {},
    ...names.map((name) => Object.fromEntries(prefixesOf(name).map((prefix) => [`${prefix}/${name}`, input(`${prefix}/${name}`, shapeOf(name))]))),
  )
  const scalars = inputsOf(scalarsOf({ at }), (name) => input(name, []))

  const { loss: value, carried } = carrying(loss({ ...given, ...weights }))
  checkCarried(given, carried)
  const slopes = slopesOf(value, weights, names)
  const used = sharpness === undefined ? slopes : slopesNearby({ weights, slopes, names, radius: sharpness, loss: (moved) => carrying(loss({ ...given, ...moved })).loss })
  const norm = globalNorm(used)
  const scale = clip === undefined ? 1 : clipScale(norm, clip)
  const outputs: Record<string, Expr> = { loss: value, gradient_norm: norm, ...carried }
  names.forEach((name, i) => {
    const prefixes = prefixesOf(name)
    const next = update({
      name,
      weight: must(weights[name], name),
      gradient: mul(must(used[i], name), scale),
      state: inputsOf(prefixes, (prefix) => must(states[`${prefix}/${name}`], name)),
      scalars,
    })
    outputs[name] = next.weight
    for (const prefix of prefixes) outputs[`${prefix}/${name}`] = must(next.state[prefix], prefix)
  })
  const inputs = [weights, states, given, scalars].flatMap((group) => Object.values(group))
  return makeProgram({ inputs, outputs })
}

const carrying = (loss: Expr | Carrying): Carrying => ("carried" in loss ? loss : { loss, carried: {} })

const checkCarried = (given: Exprs, carried: Exprs): void => {
  for (const [name, next] of Object.entries(carried)) {
    const before = given[name]
    if (before === undefined || before.dtype !== next.dtype || !equalShapes(before.shape, next.shape))
      throw new TraceError(`trainingStep, carried ${name}`, [next], before === undefined ? "a name that is given" : `the type that is given, ${showTyped(before)}`)
  }
}

const slopesOf = (value: Expr, weights: Exprs, names: readonly string[]): readonly Expr[] =>
  gradients(value, names.map((name) => must(weights[name], name)))

interface Nearby {
  readonly weights: Exprs
  readonly slopes: readonly Expr[]
  readonly names: readonly string[]
  readonly radius: number
  readonly loss: (weights: Exprs) => Expr
}

/** Gradients at the weights moved uphill. */
const slopesNearby = ({ weights, slopes, names, radius, loss }: Nearby): readonly Expr[] => {
  const moved = perturbed(names.map((name) => must(weights[name], name)), slopes, radius)
  const there: Exprs = Object.fromEntries(names.map((name, i) => [name, must(moved[i], name)]))
  return slopesOf(loss(there), there, names)
}

/** AdamW's state before the first step: zeros named `m/<weight>` and `v/<weight>`. */
export const initMoments = (trained: Tensors): Tensors => initState({ state: () => ({ m: "zeros", v: "zeros" }) }, trained)

const inputsOf = (names: readonly string[], f: (name: string) => Expr): Exprs => Object.fromEntries(names.map((name) => [name, f(name)]))
