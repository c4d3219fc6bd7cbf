/**
 * The training loop: one compiled program a step, state on the device, checkpoints that hold everything the next step
 * depends on. Stopped anywhere and started again, it gives the same bytes.
 */
import * as t from "io-ts"
import {
  adamwScalars, assert, crossEntropy, gptForward, initMoments, input, inverseSqrt, must, NodeFailure, trainingStep, withProgram,
  type AdamW, type NdArray, type RunContext, type Shape, type Table, type Tensors,
} from "#src"
import type { Substrate } from "../port/substrate.ts"
import type { Batch } from "./batches.ts"
import { lossLabel } from "./curve.ts"
import { frozenTable } from "./frozen.ts"
import type { Plan } from "./plan.ts"

export interface TrainParams {
  readonly batch: number
  readonly context: number
  readonly steps: number
  readonly lr: number
  readonly warmup: number
  readonly weightDecay: number
  readonly clip: number
}

export interface Trained {
  /** All weights of the model, trained and frozen, as they are on the device after the last step. */
  readonly weights: Tensors
  /** The proof that what is frozen did not change: the blocks below and, unless it trains, the substrate. */
  readonly frozen: Table
  /** Nats per token, one a step. */
  readonly losses: readonly number[]
}

const Progress = t.type({ losses: t.readonlyArray(t.number) })

const shapesOf = (tensors: Tensors): { readonly [name: string]: Shape } =>
  Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))

const programOf = (plan: Plan, substrate: Substrate, params: TrainParams, optimiser: AdamW) => {
  const batch = [params.batch, params.context]
  const frozen = Object.entries(plan.frozen).map(([name, { shape }]) => [name, input(name, shape)] as const)
  // A trained substrate is among the weights, or below among the frozen ones, under the same name.
  const table = input("substrate", must(substrate.tensors["matrix"], "substrate.matrix").shape)
  return trainingStep({
    trained: shapesOf(plan.trained),
    given: { substrate: table, ...Object.fromEntries(frozen), input: input("input", batch, "i32"), target: input("target", batch, "i32") },
    loss: (x) => {
      const logits = gptForward(plan.config, x, must(x["substrate"], "substrate"), must(x["input"], "input"))
      return crossEntropy(logits, must(x["target"], "target"))
    },
    optimiser,
    clip: params.clip,
  })
}

/** Trains for `params.steps` in all, going on from the furthest checkpoint there is. */
export const train = async (
  plan: Plan,
  substrate: Substrate,
  params: TrainParams,
  batchAt: (step: number) => Batch,
  context: RunContext,
): Promise<Trained> => {
  const optimiser: AdamW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: params.weightDecay }
  const rate = inverseSqrt(params.lr, params.warmup)
  const from = await context.checkpoints.last(params.steps)
  const losses = from === undefined ? [] : [...must(Progress.is(from.meta) ? from.meta : undefined, "losses in the checkpoint").losses]
  const state = from?.tensors ?? { ...plan.trained, ...initMoments(plan.trained) }
  const given: Tensors = plan.trained["substrate"] === undefined ? { substrate: must(substrate.tensors["matrix"], "substrate.matrix") } : {}
  const constants: Tensors = { ...given, ...plan.frozen }
  const program = programOf(plan, substrate, params, optimiser)
  return withProgram(await context.device(), program, { ...constants, ...state }, async (bound) => {
    const save = async (step: number): Promise<void> => {
      const now = await bound.resident()
      const tensors = Object.fromEntries(Object.keys(state).map((name) => [name, must(now[name], name)]))
      await context.checkpoints.save({ step, tensors, meta: { losses: [...losses] } })
    }
    for (let step = losses.length + 1; step <= params.steps; step++) {
      context.signal.throwIfAborted()
      const outputs = await bound.run({ ...batchAt(step - 1), ...adamwScalars(optimiser, rate(step), step) })
      const loss = must((outputs["loss"] as NdArray).data[0], "loss")
      const norm = must((outputs["gradient_norm"] as NdArray).data[0], "gradient_norm")
      // A finite norm leaves finite weights: no checkpoint or model holds anything else.
      if (!Number.isFinite(loss + norm)) {
        const found = `the loss is ${loss} and the gradient's norm ${norm} at step ${step}`
        throw new NodeFailure(`${found}; a smaller lr or clip may help`, { param: "lr" })
      }
      losses.push(loss)
      context.progress({ done: step, total: params.steps, unit: "steps", note: `loss ${loss.toFixed(3)}`, values: { [lossLabel]: loss } })
      if (step === params.steps || context.checkpoints.due()) await save(step)
    }
    const now = await bound.resident()
    const names = [...Object.keys(plan.trained), ...Object.keys(plan.frozen)]
    assert(names.every((name) => now[name] !== undefined), "every weight is on the device")
    const weights = Object.fromEntries(names.sort().map((name) => [name, now[name] as NdArray]))
    return { weights, frozen: frozenTable(constants, now), losses }
  })
}
