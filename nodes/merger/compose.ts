/**
 * Composition of experts that share a vocabulary, by what they say about each held-out token. No expert runs here: moving
 * the weight costs one pass over their stored logits. An expert with no share is not needed, and is not asked for.
 *
 * - `logit-mean`: the paper's rule (arXiv 2507.07129v1, section 3.1);
 * - `probability-mean`: a mixture with fixed weights;
 * - `posterior`: a mixture whose weights follow Bayes' rule along each document (Branch-Train-Merge, arXiv 2208.03306).
 */
import {
  choice, contentHash, defineKind, lazy, many, must, ndarray, NodeFailure, real, scalar, withProgram,
  type NdArray, type RunContext,
} from "#src"
import { rules, shares } from "../port/composition.ts"
import { logits, type Logits } from "../port/logits.ts"
import { scores } from "../port/scores.ts"
import { logitMeanProgram } from "./logit-mean.ts"
import { posteriorMean, probabilityMean } from "./mixture.ts"

/** Tokens in one execution of the program; the last rows are padded. */
const rows = 512

const tensor = (expert: Logits, name: string): NdArray => must(expert.tensors[name], `logits.${name}`)

const logitMean = async (experts: readonly Logits[], weights: readonly number[], context: RunContext): Promise<Float32Array> => {
  const [tokens = 0, vocabulary = 0] = tensor(experts[0] as Logits, "logits").shape
  const target = tensor(experts[0] as Logits, "target").data
  const program = logitMeanProgram(experts.length, rows, vocabulary)
  const resident = Object.fromEntries(weights.map((w, j) => [`weight/${j}`, scalar("f32", w)]))
  const out = new Float32Array(tokens)
  await withProgram(await context.device(), program, resident, async (bound) => {
    for (let from = 0; from < tokens; from += rows) {
      context.signal.throwIfAborted()
      const to = Math.min(tokens, from + rows)
      const padded = new Int32Array(rows)
      padded.set(target.subarray(from, to))
      const chunks = experts.map((expert, j) => [`logits/${j}`, rowsOf(tensor(expert, "logits"), from, to, vocabulary)] as const)
      const { logp } = await bound.run({ ...Object.fromEntries(chunks), target: ndarray("i32", [rows], padded) })
      out.set((must(logp, "logp").data as Float32Array).subarray(0, to - from), from)
      context.progress({ done: to, total: tokens, unit: "tokens" })
    }
  })
  return out
}

const rowsOf = (logitsOf: NdArray, from: number, to: number, vocabulary: number): NdArray => {
  const chunk = logitsOf.data.subarray(from * vocabulary, to * vocabulary) as Float32Array
  if (to - from === rows) return ndarray("f32", [rows, vocabulary], chunk)
  const padded = new Float32Array(rows * vocabulary)
  padded.set(chunk)
  return ndarray("f32", [rows, vocabulary], padded)
}

export const compose = defineKind({
  id: "merger/compose",
  module: import.meta.url,
  title: "Compose experts",
  reference: "https://arxiv.org/abs/2507.07129v1",
  params: {
    rule: choice(rules, { default: "logit-mean", doc: "What is averaged" }),
    weight: real({ min: 0, max: 1, default: 0.5, doc: "Share of the first expert; the others share the rest equally" }),
  },
  inputs: { experts: lazy(many(logits)) },
  outputs: { scores },
  onDevice: true,
  needs: ({ weight }, edges) => ({ experts: shares(weight, edges.experts).map((share) => share > 0) }),
  run: async ({ experts: given }, { rule, weight }, context) => {
    const needed = shares(weight, given.length).flatMap((share, j) => {
      const expert = given[j]
      return expert === undefined ? [] : [{ expert, share, name: `expert ${j + 1}` }]
    })
    const experts = needed.map(({ expert }) => expert)
    const weights = needed.map(({ share }) => share)
    const first = must(experts[0], "an expert")
    const shape = (expert: Logits) => `[${tensor(expert, "logits").shape.join(", ")}]`
    const odd = needed.find(({ expert }) => shape(expert) !== shape(first))
    if (odd !== undefined) {
      throw new NodeFailure(`${odd.name} has logits ${shape(odd.expert)}, the first has ${shape(first)}: they must share tokens and vocabulary`)
    }
    const text = contentHash(tensor(first, "target"))
    const stranger = needed.find(({ expert }) => expert !== first && contentHash(tensor(expert, "target")) !== text)
    if (stranger !== undefined) throw new NodeFailure(`${stranger.name} was run on other text than the first: they must share tokens`)
    const chosen = experts.map((expert) => tensor(expert, "logp").data as Float32Array)
    const logp =
      rule === "logit-mean" ? await logitMean(experts, weights, context)
      : rule === "probability-mean" ? probabilityMean(chosen, weights)
      : posteriorMean(chosen, weights, tensor(first, "document").data as Int32Array)
    const { characters, document, locale } = first.tensors
    const tensors = { logp: ndarray("f32", [logp.length], logp), characters, document, locale } as Logits["tensors"]
    return { scores: { meta: first.meta, tensors } }
  },
})
