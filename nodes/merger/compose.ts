/**
 * Composition of experts that share a vocabulary, by what they say about each held-out token. No expert runs here: moving
 * the weight, or another expert in place of one, costs one pass over their stored logits. An expert with no share is not needed, and is not asked for.
 * Sums of logits are not kept: one is as large as an expert's logits (6,144 tokens, 2,048 ids: 50 MB), so that to keep it costs what it spares,
 * and with an expert's logits taken away and others added it has not the bytes of a sum from nothing.
 *
 * - `logit-mean`: the paper's rule (arXiv 2507.07129v1, section 3.1);
 * - `probability-mean`: a mixture with fixed weights;
 * - `posterior`: a mixture whose weights follow Bayes' rule along each document (Branch-Train-Merge, arXiv 2208.03306).
 */
import { choice, defineStream, lazy, many, real, stream } from "#src"
import { rules, shares } from "../port/composition.ts"
import { logits } from "../port/logits.ts"
import { scores } from "../port/scores.ts"
import { composedScores } from "./composed-scores.ts"

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
    const needed = shares(weight, given.length).flatMap((share, j) => {
      const stream = given[j]
      return stream === undefined ? [] : [{ stream, share, name: `expert ${j + 1}` }]
    })
    yield* composedScores(needed, needed.map(({ share }) => share), rule, context)
    return {}
  },
})
