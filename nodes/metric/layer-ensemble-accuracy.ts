/**
 * How many examples an ensemble over layers (`port/layer-ensemble.ts`) gets right, by the mean of its heads' logits. Sets of examples count alike.
 * One node: the heads share a network and are trained together, so none is ever replaced by itself.
 */
import { defineKind, input, many, metricPort, one, type Expr } from "#src"
import { examples } from "../port/examples.ts"
import { ensembleLogits, layerEnsemble } from "../port/layer-ensemble.ts"
import { scoreMetric, scoreOf, type Scored } from "../port/network-score.ts"

export const layerEnsembleAccuracy = defineKind({
  id: "metric/layer-ensemble-accuracy",
  module: import.meta.url,
  title: "Accuracy of an ensemble over layers",
  params: {},
  inputs: { ensemble: one(layerEnsemble), examples: many(examples) },
  outputs: { metric: metricPort },
  onDevice: true,
  run: async ({ ensemble: { meta, tensors }, examples: sets }, {}, context) => {
    const weights = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, input(name, shape)]))
    const heads = { weights: Object.values(weights), tensors, logits: (pixels: Expr) => ensembleLogits(meta, weights, pixels) }
    const scored: Scored[] = []
    for (const set of sets) scored.push(await scoreOf(heads, set, context))
    return { metric: scoreMetric(scored) }
  },
})
