/**
 * LEVI (arXiv 2402.04644): a network trained on upright digits is frozen, and a small network and heads on its layers learn digits turned by a
 * quarter; beside it the network fine-tuned as a whole, put half way (WiSE-FT), the base, and the small network alone. Measured on the turned
 * digits it was tuned for (`id-`) and on digits upside down (`ood-`), which none of them was trained on.
 *
 * Expected, before the first run: out of distribution LEVI above fine-tuning, in distribution not below it by more than noise (the
 * reverse claim fails); LEVI above the small network alone in both.
 */
import { subgraph } from "#src"
import { accuracy, labelledImages, layerEnsembleAccuracy, mergeWiseFt, trainLevi, trainNetwork } from "#nodes"
import { alone, bySeed, moreAccurate, onImages } from "./parts/experiment.ts"

export const levi = subgraph({ params: onImages, inputs: {} }, (g, { seeds, corpus }) => {
  const [upright, turned, down] = [0, 1, 2].map((turn) => g.add(`turned/${turn}`, labelledImages, { corpus, turn }))
  if (upright === undefined || turned === undefined || down === undefined) return []
  const repetitions = bySeed(g, seeds, (h, salt) => {
    const { network: base } = h.add("base", trainNetwork, { steps: 300 }, { examples: upright.train }, { salt })
    const { network: tuned } = h.add("tuned", trainNetwork, { steps: 300 }, { examples: turned.train, from: base }, { salt })
    const { network: small } = h.add("small", trainNetwork, { steps: 300, hidden: [32, 16] }, { examples: turned.train }, { salt })
    const { network: half } = h.add("half", mergeWiseFt, {}, { base, models: [tuned] })
    const { ensemble } = h.add("levi", trainLevi, {}, { base, examples: turned.train }, { salt })
    return ([["id", turned.test], ["ood", down.test]] as const).flatMap(([where, test]) => [
      ...Object.entries({ base, tuned, half, small }).map(([name, network]) => [`${where}-${name}`, h.add(`accuracy/${where}/${name}`, accuracy, {}, { networks: [network], examples: [test] }).metric] as const),
      [`${where}-levi`, h.add(`accuracy/${where}/levi`, layerEnsembleAccuracy, {}, { ensemble, examples: [test] }).metric] as const,
    ])
  })
  return [{
    title: "Fine-tuning that keeps what was there",
    figure: "accuracy",
    expected: [
      moreAccurate("ood-levi", "ood-tuned", "Out of distribution LEVI is more accurate than fine-tuning"),
      moreAccurate("id-tuned", "id-levi", "In distribution fine-tuning is more accurate than LEVI (expected not to hold)"),
      moreAccurate("id-levi", "id-small", "In distribution LEVI is more accurate than the small network alone"),
      moreAccurate("ood-levi", "ood-small", "Out of distribution LEVI is more accurate than the small network alone"),
    ],
    repetitions,
  }]
})

export default alone("levi", levi)

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "*.train": 400, "*.test": 200, "*.validation": 50, "*.steps": 25, "*.hidden": [12], "*.small": [8, 6] }
