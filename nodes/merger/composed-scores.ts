/** What several experts say of text as one, chunk by chunk, by one of the rules of composition and a weight for each. */
import { must, ndarray, scalar, streamProgram, type RunContext } from "#src"
import type { Rule } from "../port/composition.ts"
import { chunkRows, type Logits } from "../port/logits.ts"
import type { Scores } from "../port/scores.ts"
import { checked, rowsAt, tensor, type Chunk, type Expert } from "./experts.ts"
import { logitMeanProgram } from "./logit-mean.ts"
import { posteriorMixture, probabilityMean } from "./mixture.ts"

interface Composed {
  readonly chunk: Chunk
  readonly logp: Float32Array
}

/** Numbers of an expert in one run of the program: what the program makes of them stays in a processor's cache. */
const cached = 2 ** 18

const logitMeans = async function* (chunks: AsyncIterable<Chunk>, weights: readonly number[], context: RunContext): AsyncGenerator<Composed> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const vocabulary = tensor(must(first.value[0], "expert"), "logits").shape[1] as number
  const rows = Math.max(1, Math.min(chunkRows, Math.floor(cached / vocabulary)))
  const program = logitMeanProgram(weights.length, rows, vocabulary)
  const resident = Object.fromEntries(weights.map((w, j) => [`weight/${j}`, scalar("f32", w)]))
  yield* streamProgram(await context.device(), program, resident, async function* (bound) {
    for (let step: IteratorResult<Chunk> = first; step.done !== true; step = await iterator.next()) {
      context.signal.throwIfAborted()
      const chunk = step.value
      const target = tensor(must(chunk[0], "expert"), "target")
      const logp = new Float32Array(target.data.length)
      for (let from = 0; from < logp.length; from += rows) {
        const inputs = chunk.map((expert, j) => [`logits/${j}`, rowsAt(tensor(expert, "logits"), from, rows)] as const)
        const out = await bound.run({ ...Object.fromEntries(inputs), target: rowsAt(target, from, rows) })
        logp.set((must(out["logp"], "logp").data as Float32Array).subarray(0, logp.length - from), from)
      }
      yield { chunk, logp }
    }
  })
}

/** Mixtures need what each expert gave the token that came, no logits. */
const mixtures = async function* (chunks: AsyncIterable<Chunk>, weights: readonly number[], rule: Exclude<Rule, "logit-mean">): AsyncGenerator<Composed> {
  const posterior = posteriorMixture(weights)
  for await (const chunk of chunks) {
    const chosen = chunk.map((expert) => tensor(expert, "logp").data as Float32Array)
    const document = tensor(must(chunk[0], "expert"), "document").data as Int32Array
    yield { chunk, logp: rule === "posterior" ? posterior(chosen, document) : probabilityMean(chosen, weights) }
  }
}

/** Scores of all tokens, in order. */
export const composedScores = async function* (experts: readonly Expert[], weights: readonly number[], rule: Rule, context: RunContext): AsyncGenerator<{ scores: Scores }> {
  const chunks = checked(experts)
  let done = 0
  for await (const { chunk, logp } of rule === "logit-mean" ? logitMeans(chunks, weights, context) : mixtures(chunks, weights, rule)) {
    const { meta, tensors } = must(chunk[0], "expert")
    const { characters, document, locale } = tensors
    context.progress({ done: (done += logp.length), unit: "tokens" })
    yield { scores: { meta, tensors: { logp: ndarray("f32", [logp.length], logp), characters, document, locale } as Logits["tensors"] } }
  }
}
