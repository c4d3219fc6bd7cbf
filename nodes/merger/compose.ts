/**
 * Composition of experts that share a vocabulary, by what they say about each held-out token. No expert runs here: moving
 * the weight costs one pass over their stored logits. An expert with no share is not needed, and is not asked for.
 *
 * - `logit-mean`: the paper's rule (arXiv 2507.07129v1, section 3.1);
 * - `probability-mean`: a mixture with fixed weights;
 * - `posterior`: a mixture whose weights follow Bayes' rule along each document (Branch-Train-Merge, arXiv 2208.03306).
 */
import {
  choice, contentHash, defineStream, lazy, many, must, ndarray, NodeFailure, real, scalar, stream, streamProgram,
  type NdArray, type RunContext, type Stream,
} from "#src"
import { rules, shares, type Rule } from "../port/composition.ts"
import { chunkRows, logits, type Logits } from "../port/logits.ts"
import { scores } from "../port/scores.ts"
import { inStep } from "./in-step.ts"
import { logitMeanProgram } from "./logit-mean.ts"
import { posteriorMixture, probabilityMean } from "./mixture.ts"

const tensor = (expert: Logits, name: string): NdArray => must(expert.tensors[name], `logits.${name}`)

/** Every expert on the same tokens. */
type Chunk = readonly Logits[]

interface Composed {
  readonly chunk: Chunk
  readonly logp: Float32Array
}

const logitMeans = async function* (chunks: AsyncIterable<Chunk>, weights: readonly number[], context: RunContext): AsyncGenerator<Composed> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const vocabulary = tensor(must(first.value[0], "expert"), "logits").shape[1] as number
  const program = logitMeanProgram(weights.length, chunkRows, vocabulary)
  const resident = Object.fromEntries(weights.map((w, j) => [`weight/${j}`, scalar("f32", w)]))
  yield* streamProgram(await context.device(), program, resident, async function* (bound) {
    for (let step: IteratorResult<Chunk> = first; step.done !== true; step = await iterator.next()) {
      context.signal.throwIfAborted()
      const chunk = step.value
      const target = tensor(must(chunk[0], "expert"), "target").data as Int32Array
      const padded = new Int32Array(chunkRows)
      padded.set(target)
      const inputs = chunk.map((expert, j) => [`logits/${j}`, paddedRows(tensor(expert, "logits"), vocabulary)] as const)
      const { logp } = await bound.run({ ...Object.fromEntries(inputs), target: ndarray("i32", [chunkRows], padded) })
      yield { chunk, logp: (must(logp, "logp").data as Float32Array).slice(0, target.length) }
    }
  })
}

const paddedRows = ({ shape, data }: NdArray, vocabulary: number): NdArray => {
  if (shape[0] === chunkRows) return ndarray("f32", [chunkRows, vocabulary], data as Float32Array)
  const padded = new Float32Array(chunkRows * vocabulary)
  padded.set(data)
  return ndarray("f32", [chunkRows, vocabulary], padded)
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

interface Expert {
  readonly stream: Stream<Logits>
  readonly share: number
  readonly name: string
}

/** Throws when the experts are not of one vocabulary and one text. */
const requireSame = (chunk: Chunk, names: readonly string[]): void => {
  const first = must(chunk[0], "expert")
  const shape = (expert: Logits): string => `[${tensor(expert, "logits").shape.join(", ")}]`
  const text = contentHash(tensor(first, "target"))
  chunk.forEach((expert, j) => {
    if (shape(expert) !== shape(first)) throw new NodeFailure(`${names[j]} has logits ${shape(expert)}, the first has ${shape(first)}: they must share tokens and vocabulary`)
    if (expert !== first && contentHash(tensor(expert, "target")) !== text) throw new NodeFailure(`${names[j]} was run on other text than the first: they must share tokens`)
  })
}

/** What the experts say, chunk by chunk, of the same tokens. */
const checked = async function* (experts: readonly Expert[]): AsyncGenerator<Chunk> {
  const names = experts.map(({ name }) => name)
  for await (const chunk of inStep(experts.map(({ stream }) => stream), names)) {
    requireSame(chunk, names)
    yield chunk
  }
}

export const compose = defineStream({
  id: "merger/compose",
  module: import.meta.url,
  title: "Compose experts",
  reference: "https://arxiv.org/abs/2507.07129v1",
  params: {
    rule: choice(rules, { default: "logit-mean", doc: "What is averaged" }),
    weight: real({ min: 0, max: 1, default: 0.5, doc: "Share of the first expert; the others share the rest equally" }),
  },
  inputs: { experts: lazy(many(stream(logits))) },
  outputs: { scores: stream(scores) },
  onDevice: true,
  needs: ({ weight }, edges) => ({ experts: shares(weight, edges.experts).map((share) => share > 0) }),
  run: async function* ({ experts: given }, { rule, weight }, context) {
    const needed = shares(weight, given.length).flatMap((share, j): readonly Expert[] => {
      const stream = given[j]
      return stream === undefined ? [] : [{ stream, share, name: `expert ${j + 1}` }]
    })
    const weights = needed.map(({ share }) => share)
    const chunks = checked(needed)
    let done = 0
    for await (const { chunk, logp } of rule === "logit-mean" ? logitMeans(chunks, weights, context) : mixtures(chunks, weights, rule)) {
      const { meta, tensors } = must(chunk[0], "expert")
      const { characters, document, locale } = tensors
      context.progress({ done: (done += logp.length), total: done, unit: "tokens" })
      yield { scores: { meta, tensors: { logp: ndarray("f32", [logp.length], logp), characters, document, locale } as Logits["tensors"] } }
    }
    return {}
  },
})
