/** How many examples a classifier gets right, and its mean cross-entropy; of several, what they say together (an ensemble). Sets of examples count alike. */
import { choice, defineKind, many, metricPort } from "#src"
import { examples } from "../port/examples.ts"
import { network } from "../port/network.ts"
import { score, scoreMetric, together, type Scored } from "../port/network-score.ts"

export const accuracy = defineKind({
  id: "metric/accuracy",
  module: import.meta.url,
  title: "Accuracy",
  params: { rule: choice(together, { default: "logit-mean", doc: "How several networks answer together" }) },
  inputs: { networks: many(network), examples: many(examples) },
  outputs: { metric: metricPort },
  onDevice: true,
  run: async (inputs, { rule }, context) => {
    const scored: Scored[] = []
    for (const set of inputs.examples) scored.push(await score(inputs.networks, set, context, rule))
    return { metric: scoreMetric(scored) }
  },
})
