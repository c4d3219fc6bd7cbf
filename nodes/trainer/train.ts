/**
 * The training loop: one compiled program a step, state on the device, checkpoints that hold everything the next step
 * depends on. Stopped anywhere and started again, it gives the same bytes.
 */
import * as t from "io-ts"
import {
  adamwScalars, cost, initMoments, input, inverseSqrt, must, NodeFailure, sizeOf, trainingStep, withProgram,
  type AdamW, type Cost, type Expr, type Exprs, type NdArray, type Program, type RunContext, type Shape, type Tensors,
} from "#src"
import type { Stage } from "../port/model.ts"
import type { Batch } from "./batches.ts"
import { lossLabel } from "./curve.ts"

export interface TrainParams {
  readonly batch: number
  readonly context: number
  readonly lr: number
  readonly warmup: number
  readonly weightDecay: number
  readonly clip: number
}

/** What is trained, before it is known for how long. */
export interface Task {
  readonly program: Program
  /** Of one step. */
  readonly cost: Cost
  readonly optimiser: AdamW
  /** What receives gradients, at the start. */
  readonly trained: Tensors
  /** What the loss takes besides, never changed. */
  readonly constants: Tensors
  readonly params: TrainParams
}

export interface Trained {
  /** Everything that is on the device after the last step: what trained, its moments, and the constants. */
  readonly tensors: Tensors
  /** Nats per token, one a step. */
  readonly losses: readonly number[]
}

const Progress = t.type({ losses: t.readonlyArray(t.number) })

const shapesOf = (tensors: Tensors): { readonly [name: string]: Shape } =>
  Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))

/** @param loss f32 [] from what trains, the constants, and `input` and `target` i32 [batch, context] */
export const makeTask = (trained: Tensors, constants: Tensors, loss: (x: Exprs) => Expr, params: TrainParams): Task => {
  const optimiser: AdamW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: params.weightDecay }
  const batch = [params.batch, params.context]
  const fixed = Object.entries(constants).map(([name, { shape }]) => [name, input(name, shape)] as const)
  const given = { ...Object.fromEntries(fixed), input: input("input", batch, "i32"), target: input("target", batch, "i32") }
  const program = trainingStep({ trained: shapesOf(trained), given, loss, optimiser, clip: params.clip })
  return { program, cost: cost(program), optimiser, trained, constants, params }
}

const bytes = (tensors: Tensors): number => Object.values(tensors).reduce((n, { shape }) => n + 4 * sizeOf(shape), 0)

/** What `steps` steps of a task take, as a stage of so many new blocks. */
export const stageOf = ({ cost: { flops, peakBytes }, trained, constants, params }: Task, blocks: number, steps: number): Stage => {
  const moments = initMoments(trained)
  const active = bytes(trained)
  return {
    blocks,
    steps,
    tokens: steps * params.batch * params.context,
    flops: steps * flops,
    activeParams: active / 4,
    stateBytes: active + bytes(moments),
    peakBytes,
    workBytes: peakBytes - active - bytes(moments) - bytes(constants),
    mergeError: 0,
  }
}

/** Trains for `steps` in all, going on from the furthest checkpoint there is. */
export const train = async ({ program, optimiser, trained, constants, params }: Task, steps: number, batchAt: (step: number) => Batch, context: RunContext): Promise<Trained> => {
  const rate = inverseSqrt(params.lr, params.warmup)
  const from = await context.checkpoints.last(steps)
  const losses = from === undefined ? [] : [...must(Progress.is(from.meta) ? from.meta : undefined, "losses in the checkpoint").losses]
  const state = from?.tensors ?? { ...trained, ...initMoments(trained) }
  return withProgram(await context.device(), program, { ...constants, ...state }, async (bound) => {
    const save = async (step: number): Promise<void> => {
      const now = await bound.resident()
      const tensors = Object.fromEntries(Object.keys(state).map((name) => [name, must(now[name], name)]))
      await context.checkpoints.save({ step, tensors, meta: { losses: [...losses] } })
    }
    for (let step = losses.length + 1; step <= steps; step++) {
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
      context.progress({ done: step, total: steps, unit: "steps", note: `loss ${loss.toFixed(3)}`, values: { [lossLabel]: loss } })
      if (step === steps || context.checkpoints.due()) await save(step)
    }
    return { tensors: await bound.resident(), losses }
  })
}
