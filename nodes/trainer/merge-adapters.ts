/** Adapters become part of the weights they belong to, and how far that moves what the model says. */
import { abs, gptForward, input, makeProgram, must, reduceMax, reshape, sub, withProgram, type Exprs, type NdArray, type RunContext, type Tensors } from "#src"
import type { Batch } from "./batches.ts"
import { calculate, inputsOf } from "./calculate.ts"
import type { Plan } from "./plan.ts"

export interface MergedAdapters {
  /** The sums, by the names of the weights. */
  readonly weights: Tensors
  /** Largest difference of logits on the batch, merged against unmerged. */
  readonly error: number
}

/** A weight and what it is merged to are inputs of one program. */
const mergedPrefix = "merged/"

/** @param tensors all that the plan's weights are made of, and `substrate` */
export const mergeAdapters = async ({ config, adapted, weights }: Plan, tensors: Tensors, batch: Batch, context: RunContext): Promise<MergedAdapters> => {
  if (adapted.length === 0) return { weights: {}, error: 0 }
  const sum = (x: Exprs): Exprs => {
    const all = weights(x)
    return Object.fromEntries(adapted.map((name) => [name, must(all[name], name)]))
  }
  const merged = await calculate(tensors, sum, context)
  const [apart, sums] = [inputsOf(tensors), inputsOf(merged, mergedPrefix)]
  const tokens = input("input", batch.input.shape, "i32")
  const logits = (of: Exprs) => gptForward(config, of, must(of["substrate"], "substrate"), tokens)
  const error = reduceMax(reshape(abs(sub(logits(weights(apart)), logits({ ...apart, ...sums }))), [-1]), 0)
  const comparing = makeProgram({ inputs: [...Object.values(apart), ...Object.values(sums), tokens], outputs: { error } })
  const given = { ...tensors, ...Object.fromEntries(Object.entries(merged).map(([name, tensor]) => [mergedPrefix + name, tensor])) }
  const { error: found } = await withProgram(await context.device(), comparing, given, (bound) => bound.run({ input: batch.input }))
  return { weights: merged, error: must((found as NdArray).data[0], "error") }
}
