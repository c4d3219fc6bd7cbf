/**
 * The steps of the benchmark's GPT, as the project's nodes take them: one traced program each, bound to a device that holds the
 * weights (and moments, or the cache).
 */
import { must } from "../../../src/base/assert.ts"
import { ndarray, zeros, type Tensors } from "../../../src/base/ndarray.ts"
import type { Device } from "../../../src/device/device.ts"
import { adamwScalars } from "../../../src/nn/adamw.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { cacheShapes, gptDecode } from "../../../src/nn/decode.ts"
import { gptForward } from "../../../src/nn/gpt.ts"
import { initMoments, trainingStep } from "../../../src/nn/training-step.ts"
import type { Exprs } from "../../../src/tensor/expr.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { input } from "../../../src/tensor/source.ts"
import { gptConfigOf, type GptSpec } from "../spec.ts"
import { batchOf, countParams, load, running, type Task } from "./task.ts"

const inputsLike = (tensors: Tensors): Exprs => Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, input(name, shape)]))

const batchInputs = ({ rows, context }: GptSpec): Exprs => ({
  tokens: input("tokens", [rows, context], "i32"),
  targets: input("targets", [rows, context], "i32"),
})

/** Mean loss of the batch. */
const lossOf = (spec: GptSpec) => (x: Exprs) =>
  crossEntropy(gptForward(gptConfigOf(spec), x, must(x["substrate"], "substrate"), must(x["tokens"], "tokens")), must(x["targets"], "targets"))

/** AdamW as a workload sets it. */
export const adamwOf = ({ beta1, beta2, epsilon, decay }: GptSpec) => ({ beta1, beta2, epsilon, weightDecay: decay })

/** Forward, backward, clipping and AdamW. */
export const trainProgram = (spec: GptSpec, weights: Tensors, substrate: Tensors): Program =>
  trainingStep({
    trained: Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    given: { ...inputsLike(substrate), ...batchInputs(spec) },
    loss: lossOf(spec),
    optimiser: adamwOf(spec),
    clip: spec.clip,
  })

/** The forward pass with a loss, which any runtime can be given. */
export const scoreProgram = (spec: GptSpec, model: Tensors): Program => {
  const inputs = { ...inputsLike(model), ...batchInputs(spec) }
  return makeProgram({ inputs: Object.values(inputs), outputs: { loss: lossOf(spec)(inputs) } })
}

/** One token of one row more, with its loss. */
export const decodeProgram = (spec: GptSpec, model: Tensors): Program => {
  const config = gptConfigOf(spec)
  const inputs = inputsLike(model)
  const cache: Exprs = Object.fromEntries(Object.entries(cacheShapes(config, spec.rows, spec.context)).map(([name, shape]) => [name, input(name, shape)]))
  const [token, at, target] = ["token", "at", "target"].map((name) => input(name, [spec.rows], "i32")) as [Exprs[string], Exprs[string], Exprs[string]]
  const next = gptDecode(config, inputs, must(inputs["substrate"], "substrate"), token, at, cache)
  return makeProgram({
    inputs: [...Object.values(inputs), ...Object.values(cache), token, at, target],
    outputs: { loss: crossEntropy(next.logits, target), ...next.cache },
  })
}

export const gptTask = async (spec: GptSpec, folder: string, device: Device): Promise<Task> => {
  const { substrate, ...weights } = await load(folder, "weights.safetensors")
  const table = { substrate: must(substrate, "substrate") }
  const { input: inputs, target: targets } = await load(folder, "batches.safetensors")
  const model = { ...weights, ...table }
  const batchAt = (step: number) => ({ tokens: batchOf(inputs, step), targets: batchOf(targets, step) })
  const stepping = (program: Program, resident: Tensors, feed: (step: number) => Tensors): Promise<Task> =>
    running(device, program, resident, { params: countParams(weights), feed, read: (outputs) => must(outputs["loss"]?.data[0], "loss") })
  switch (spec.task) {
    case "train": {
      const scalars = (step: number) => adamwScalars(adamwOf(spec), spec.rate, step + 1)
      return stepping(trainProgram(spec, weights, table), { ...model, ...initMoments(weights) }, (step) => ({ ...batchAt(step), ...scalars(step) }))
    }
    case "score":
      return stepping(scoreProgram(spec, model), model, batchAt)
    case "decode": {
      const cache = Object.fromEntries(Object.entries(cacheShapes(gptConfigOf(spec), spec.rows, spec.context)).map(([name, shape]) => [name, zeros("f32", shape)]))
      const one = (value: number | undefined) => ndarray("i32", [1], Int32Array.of(must(value, "token")))
      return stepping(decodeProgram(spec, model), { ...model, ...cache }, (step) => {
        const at = step % spec.context
        const { tokens, targets: wanted } = batchAt(Math.floor(step / spec.context))
        return { token: one(tokens.data[at]), target: one(wanted.data[at]), at: one(at) }
      })
    }
  }
}
