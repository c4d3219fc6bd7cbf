/** Adapters become part of the weights they belong to, and how far that moves what the model says. */
import { abs, gptForward, input, makeProgram, must, reduceMax, reshape, sub, withProgram, type Exprs, type NdArray, type RunContext, type Tensors } from "#src"
import type { Batch } from "./batches.ts"
import type { Plan } from "./plan.ts"

export interface MergedAdapters {
  /** The sums, by the names of the weights. */
  readonly weights: Tensors
  /** Largest difference of logits on the batch, merged against unmerged. */
  readonly error: number
}

/** @param tensors all that the plan's weights are made of, and `substrate` */
export const mergeAdapters = async ({ config, adapted, weights }: Plan, tensors: Tensors, batch: Batch, context: RunContext): Promise<MergedAdapters> => {
  if (adapted.length === 0) return { weights: {}, error: 0 }
  const device = await context.device()
  const apart = inputsOf(tensors)
  const sums = weights(apart)
  // Under names of their own: an output of an input's name would replace it on the device.
  const summing = makeProgram({ inputs: Object.values(apart), outputs: Object.fromEntries(adapted.map((name) => [`merged/${name}`, must(sums[name], name)])) })
  const merged = await withProgram(device, summing, tensors, (bound) => bound.run({}))
  const whole = { ...apart, ...Object.fromEntries(Object.entries(inputsOf(merged)).map(([name, x]) => [name.slice("merged/".length), x])) }
  const tokens = input("input", batch.input.shape, "i32")
  const logits = (of: Exprs) => gptForward(config, of, must(of["substrate"], "substrate"), tokens)
  const error = reduceMax(reshape(abs(sub(logits(sums), logits(whole))), [-1]), 0)
  const comparing = makeProgram({ inputs: [...Object.values(apart), ...adapted.map((name) => must(whole[name], name)), tokens], outputs: { error } })
  const { error: found } = await withProgram(device, comparing, { ...tensors, ...merged }, (bound) => bound.run({ input: batch.input }))
  return {
    weights: Object.fromEntries(adapted.map((name) => [name, must(merged[`merged/${name}`], name)])),
    error: must((found as NdArray).data[0], "error"),
  }
}

const inputsOf = (of: Tensors): Exprs => Object.fromEntries(Object.entries(of).map(([name, { shape }]) => [name, input(name, shape)]))
