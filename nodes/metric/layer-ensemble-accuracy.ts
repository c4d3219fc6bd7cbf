/** How many examples an ensemble over layers (`port/layer-ensemble.ts`) gets right, by the mean of its heads' logits. Sets of examples count alike. */
import { add, argmax, cast, defineKind, eq, input, logSoftmax, makeProgram, many, metricPort, mul, must, NodeFailure, one, reshape, takeAlong, withProgram } from "#src"
import { batchesOf, countOf, examples, pick, unitInputs, widthOf } from "../port/examples.ts"
import { ensembleLogits, layerEnsemble } from "../port/layer-ensemble.ts"

const rows = 256

export const layerEnsembleAccuracy = defineKind({
  id: "metric/layer-ensemble-accuracy",
  module: import.meta.url,
  title: "Accuracy of an ensemble over layers",
  params: {},
  inputs: { ensemble: one(layerEnsemble), examples: many(examples) },
  outputs: { metric: metricPort },
  onDevice: true,
  run: async ({ ensemble: { meta, tensors }, examples: sets }, {}, context) => {
    let [accuracy, loss] = [0, 0]
    for (const data of sets) {
      if (countOf(data) === 0) throw new NodeFailure("there are no examples to measure on")
      const weights = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, input(name, shape)]))
      const given = { input: input("input", [rows, widthOf(data)], "u8"), label: input("label", [rows], "i32") }
      const heads = ensembleLogits(meta, weights, unitInputs(given.input))
      const logp = logSoftmax(mul(heads.reduce((a, b) => add(a, b)), 1 / heads.length))
      const outputs = { right: cast(eq(argmax(logp), given.label), "f32"), logp: reshape(takeAlong(logp, reshape(given.label, [rows, 1])), [rows]) }
      const program = makeProgram({ inputs: [...Object.values(weights), ...Object.values(given)], outputs })
      await withProgram(await context.device(), program, tensors, async (bound) => {
        for (const { places, count } of batchesOf(countOf(data), rows)) {
          context.signal.throwIfAborted()
          const out = await bound.run(pick(data, places))
          for (let i = 0; i < count; i++) {
            accuracy += (must(out["right"], "right").data[i] as number) / countOf(data) / sets.length
            loss -= (must(out["logp"], "logp").data[i] as number) / countOf(data) / sets.length
          }
        }
      })
    }
    return { metric: { title: "Accuracy", unit: "share of examples", better: "higher" as const, values: { accuracy, loss } } }
  },
})
