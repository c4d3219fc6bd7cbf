/** One pass of a model over held-out tokens, window by window, on the device. */
import {
  input, logProbability, makeProgram, must, ndarray, reshape, streamProgram,
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

/** Scores of consecutive tokens. */
export interface ScoredChunk {
  /** Index of the first token. */
  readonly first: number
  /** f32 [n]: natural log-probability of each token. */
  readonly logp: Float32Array
  /** f32 [n, vocabulary], when asked for. */
  readonly logits: Float32Array | undefined
}

/** All tokens in order, in chunks of `chunk` (absent: as they are computed); the last may be shorter. */
export const scoreWindows = async function* (
  model: Model,
  substrate: Substrate,
  tokens: Tokens,
  { wantLogits, chunk, context }: { readonly wantLogits: boolean; readonly chunk?: number; readonly context: RunContext },
): AsyncGenerator<ScoredChunk> {
  requireFit(model, substrate, tokens)
  const length = model.meta.context
  const { vocabulary } = model.meta
  const windows = windowsOf(tokens, length)
  const { expressions, values, logits } = modelInputs(model, substrate)
  const [ids, target] = [input("input", [rows, length], "i32"), input("target", [rows, length], "i32")]
  const predicted = logits(ids)
  const outputs = { logp: reshape(logProbability(predicted, target), [rows * length]), ...(wantLogits ? { logits: predicted } : {}) }
  const program = makeProgram({ inputs: [...Object.values(expressions), ids, target], outputs })
  const size = chunk ?? rows * length
  const make = (first: number): { readonly first: number; readonly logp: Float32Array; readonly logits: Float32Array | undefined } => ({
    first,
    logp: new Float32Array(size),
    logits: wantLogits ? new Float32Array(size * vocabulary) : undefined,
  })
  const cut = ({ first, logp, logits: all }: ReturnType<typeof make>, n: number): ScoredChunk => ({ first, logp: logp.subarray(0, n), logits: all?.subarray(0, n * vocabulary) })
  yield* streamProgram(await context.device(), program, values, async function* (bound) {
    let open = make(0)
    let held = 0
    for (let from = 0; from < windows.length; from += rows) {
      context.signal.throwIfAborted()
      const group = windows.slice(from, from + rows)
      const out: Tensors = await bound.run({ ...packWindows(tokens, group, rows, length) })
      const column = (name: string): Float32Array => (out[name] as NdArray<"f32">).data
      for (const [row, window] of group.entries()) {
        // A window may lie across the end of a chunk.
        for (let taken = 0; taken < window.length; ) {
          const n = Math.min(window.length - taken, size - held)
          const at = row * length + taken
          open.logp.set(column("logp").subarray(at, at + n), held)
          open.logits?.set(column("logits").subarray(at * vocabulary, (at + n) * vocabulary), held * vocabulary)
          taken += n
          held += n
          if (held < size) continue
          yield cut(open, held)
          open = make(open.first + held)
          held = 0
        }
      }
      if (chunk === undefined && held > 0) {
        yield cut(open, held)
        open = make(open.first + held)
        held = 0
      }
      context.progress({ done: Math.min(from + rows, windows.length), total: windows.length, unit: "windows" })
    }
    if (held > 0) yield cut(open, held)
  })
}

/** The tensors of a `scores` value for a chunk: log-probabilities with the place of each token. */
export const scoreTensors = ({ meta, tensors }: Tokens, { first, logp }: ScoredChunk): Tensors => {
  const starts = must(tensors["starts"], "tokens.starts").data
  const locale = must(tensors["locale"], "tokens.locale").data
  const to = first + logp.length
  const document = new Int32Array(logp.length)
  meta.documents.forEach((_, d) => {
    const [start, end] = [starts[d] as number, starts[d + 1] as number]
    if (start < to && end > first) document.fill(d, Math.max(0, start - first), Math.min(to, end) - first)
  })
  const n = [logp.length]
  return {
    logp: ndarray("f32", n, logp),
    characters: ndarray("i32", n, must(tensors["characters"], "tokens.characters").data.slice(first, to) as Int32Array),
    document: ndarray("i32", n, document),
    locale: ndarray("i32", n, document.map((d) => locale[d] as number)),
  }
}
