/** One pass of a model over held-out tokens, window by window, on the device. */
import {
  input, logProbability, makeProgram, must, ndarray, reshape, withProgram,
  type NdArray, type RunContext, type Tensors,
} from "#src"
import type { Model } from "../port/model.ts"
import type { Substrate } from "../port/substrate.ts"
import type { Tokens } from "../port/tokens.ts"
import { requireFit } from "./fit.ts"
import { modelInputs } from "./forward.ts"
import { packWindows, windowsOf } from "./windows.ts"

/** Windows in one execution. */
const rows = 8

export interface WindowScores {
  /** f32 [n]: natural log-probability of each token. */
  readonly logp: Float32Array
  /** f32 [n, vocabulary], when asked for. */
  readonly logits: Float32Array | undefined
}

export const scoreWindows = async (
  model: Model,
  substrate: Substrate,
  tokens: Tokens,
  { wantLogits, context }: { readonly wantLogits: boolean; readonly context: RunContext },
): Promise<WindowScores> => {
  requireFit(model, substrate, tokens)
  const length = model.meta.context
  const windows = windowsOf(tokens, length)
  const { expressions, values, logits } = modelInputs(model, substrate)
  const [ids, target] = [input("input", [rows, length], "i32"), input("target", [rows, length], "i32")]
  const predicted = logits(ids)
  const outputs = { logp: reshape(logProbability(predicted, target), [rows * length]), ...(wantLogits ? { logits: predicted } : {}) }
  const program = makeProgram({ inputs: [...Object.values(expressions), ids, target], outputs })
  const n = must(tokens.tensors["ids"], "tokens.ids").data.length
  const all = wantLogits ? new Float32Array(n * model.meta.vocabulary) : undefined
  const logp = new Float32Array(n)
  await withProgram(await context.device(), program, values, async (bound) => {
    for (let from = 0; from < windows.length; from += rows) {
      context.signal.throwIfAborted()
      const group = windows.slice(from, from + rows)
      const out: Tensors = await bound.run({ ...packWindows(tokens, group, rows, length) })
      group.forEach((window, row) => {
        const at = row * length
        const copy = (name: string, to: Float32Array, width: number) =>
          to.set((out[name] as NdArray<"f32">).data.subarray(at * width, (at + window.length) * width), window.first * width)
        copy("logp", logp, 1)
        if (all !== undefined) copy("logits", all, model.meta.vocabulary)
      })
      context.progress({ done: Math.min(from + rows, windows.length), total: windows.length, unit: "windows" })
    }
  })
  return { logp, logits: all }
}

/** The tensors of a `scores` value: log-probabilities with the place of each token. */
export const scoreTensors = ({ meta, tensors }: Tokens, logp: Float32Array): Tensors => {
  const starts = must(tensors["starts"], "tokens.starts").data
  const locale = must(tensors["locale"], "tokens.locale").data
  const document = new Int32Array(logp.length)
  meta.documents.forEach((_, d) => document.fill(d, starts[d], starts[d + 1]))
  const n = [logp.length]
  return {
    logp: ndarray("f32", n, logp),
    characters: must(tensors["characters"], "tokens.characters"),
    document: ndarray("i32", n, document),
    locale: ndarray("i32", n, document.map((d) => locale[d] as number)),
  }
}
