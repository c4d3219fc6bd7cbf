/** One pass of a model over held-out tokens as they come, window by window, on the device. */
import {
  input, logProbability, makeProgram, ndarray, reshape, streamProgram,
  type NdArray, type RunContext, type Stream, type Tensors,
} from "#src"
import { requireFit, requireVocabulary } from "../port/fit.ts"
import type { Model } from "../port/model.ts"
import type { Scores } from "../port/scores.ts"
import type { Substrate } from "../port/substrate.ts"
import type { Tokens } from "../port/tokens.ts"
import { modelInputs } from "../port/model-inputs.ts"
import { packWindows, windowGroups, type Window } from "../port/windows.ts"

/** Windows in one execution. */
const rows = 8

/** Scores of consecutive tokens. */
export interface ScoredChunk {
  readonly scores: Scores
  /** i32 [n]: the tokens that came. */
  readonly target: NdArray<"i32">
  /** f32 [n, vocabulary], when asked for. */
  readonly logits: NdArray<"f32"> | undefined
}

/** All tokens in order, in chunks of `chunk` (absent: as they are computed); the last may be shorter. */
export const scoreWindows = async function* (
  model: Model,
  substrate: Substrate,
  text: Stream<Tokens>,
  { wantLogits, chunk, context }: { readonly wantLogits: boolean; readonly chunk?: number; readonly context: RunContext },
): AsyncGenerator<ScoredChunk> {
  const length = model.meta.context
  const { vocabulary } = model.meta
  requireFit(model, substrate)
  const { expressions, values, logits } = modelInputs(model, substrate)
  const [ids, target] = [input("input", [rows, length], "i32"), input("target", [rows, length], "i32")]
  const predicted = logits(ids)
  const outputs = { logp: reshape(logProbability(predicted, target), [rows * length]), ...(wantLogits ? { logits: predicted } : {}) }
  const program = makeProgram({ inputs: [...Object.values(expressions), ids, target], outputs })
  const size = chunk ?? rows * length
  const width = wantLogits ? vocabulary : 0
  yield* streamProgram(await context.device(), program, values, async function* (bound) {
    let open = openChunk(size, width)
    let done = 0
    for await (const group of windowGroups(text, length, rows, (tokens) => requireVocabulary(model, tokens))) {
      context.signal.throwIfAborted()
      const out: Tensors = await bound.run({ ...packWindows(group, rows, length) })
      const column = (name: string): Float32Array => (out[name] as NdArray<"f32">).data
      for (const [row, window] of group.entries()) {
        // A window may lie across the end of a chunk.
        for (let taken = 0; taken < window.ids.length; ) {
          const n = Math.min(window.ids.length - taken, open.free())
          const at = row * length + taken
          open.add(window, taken, n, column("logp").subarray(at, at + n), width === 0 ? undefined : column("logits").subarray(at * width, (at + n) * width))
          taken += n
          if (open.free() > 0) continue
          yield open.close()
          open = openChunk(size, width)
        }
      }
      if (chunk === undefined && open.free() < size) {
        yield open.close()
        open = openChunk(size, width)
      }
      done += group.length
      context.progress({ done, unit: "windows" })
    }
    if (open.free() < size) yield open.close()
  })
}

/** A chunk of at most `size` tokens that is being filled; with logits `width` wide, or 0 for none. */
const openChunk = (size: number, width: number) => {
  const logp = new Float32Array(size)
  const said = new Float32Array(size * width)
  const [target, characters, document, locale] = [new Int32Array(size), new Int32Array(size), new Int32Array(size), new Int32Array(size)]
  let locales: readonly string[] = []
  let held = 0
  const vector = (data: Int32Array): NdArray<"i32"> => ndarray("i32", [held], data.subarray(0, held))
  return {
    free: (): number => size - held,
    /** `n` tokens of a window from its `from`th on, and what the model makes of them. */
    add: (window: Window, from: number, n: number, logpOf: Float32Array, logitsOf: Float32Array | undefined): void => {
      logp.set(logpOf, held)
      if (logitsOf !== undefined) said.set(logitsOf, held * width)
      target.set(window.ids.subarray(from, from + n), held)
      characters.set(window.characters.subarray(from, from + n), held)
      document.fill(window.document, held, held + n)
      locale.fill(window.locale, held, held + n)
      locales = window.locales
      held += n
    },
    close: (): ScoredChunk => ({
      scores: {
        meta: { locales },
        tensors: { logp: ndarray("f32", [held], logp.subarray(0, held)), characters: vector(characters), document: vector(document), locale: vector(locale) },
      },
      target: vector(target),
      logits: width === 0 ? undefined : ndarray("f32", [held, width], said.subarray(0, held * width)),
    }),
  }
}
