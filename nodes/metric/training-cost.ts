/**
 * What a model took, as counted in the programs that trained it. Tokens and operations are those of all its stages; parameters that received
 * gradients, the bytes of their gradients and moments, and the bytes alive beside them are those of the last, and `peak` is the most of any.
 */
import { defineKind, metricPort, must, NodeFailure, one } from "#src"
import { model } from "../port/model.ts"

export const trainingCost = defineKind({
  id: "metric/training-cost",
  module: import.meta.url,
  title: "Cost of training",
  params: {},
  inputs: { model: one(model) },
  outputs: { metric: metricPort },
  cores: 0,
  run: ({ model: { meta: { stages } } }) => {
    if (stages.length === 0) throw new NodeFailure("the model was never trained")
    const last = must(stages.at(-1), "stage")
    const total = (of: "tokens" | "flops"): number => stages.reduce((sum, stage) => sum + stage[of], 0)
    const values = {
      tokens: total("tokens"),
      flops: total("flops"),
      "active params": last.activeParams,
      "state bytes": last.stateBytes,
      "work bytes": last.workBytes,
      "peak bytes": Math.max(...stages.map(({ peakBytes }) => peakBytes)),
      "merge error": Math.max(...stages.map(({ mergeError }) => mergeError)),
    }
    return { metric: { title: "Cost of training", unit: "", better: "lower" as const, values } }
  },
})
