/** Composition of experts by weights that come from another node, such as learned ones. See `compose.ts` for the rules. */
import { choice, defineStream, many, NodeFailure, one, stream } from "#src"
import { rules } from "../port/composition.ts"
import { logits } from "../port/logits.ts"
import { scores } from "../port/scores.ts"
import { weights as weightsPort } from "../port/weights.ts"
import { composedScores } from "./composed-scores.ts"

export const composeWeighted = defineStream({
  id: "merger/compose-weighted",
  module: import.meta.url,
  title: "Compose experts by given weights",
  params: { rule: choice(rules, { default: "logit-mean", doc: "What is averaged" }) },
  inputs: { experts: many(stream(logits)), weights: one(weightsPort) },
  outputs: { scores: stream(scores) },
  onDevice: true,
  run: async function* ({ experts, weights: { weights } }, { rule }, context) {
    if (weights.length !== experts.length) throw new NodeFailure(`${weights.length} weights for ${experts.length} experts`)
    yield* composedScores(experts.map((stream, j) => ({ stream, name: `expert ${j + 1}` })), weights, rule, context)
    return {}
  },
})
