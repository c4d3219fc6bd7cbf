/**
 * One task, several domains: a network is trained on upright digits for a while, then one copy goes on with digits turned by a quarter
 * and one with digits upside down. Merged, they should do both, as one does that is trained on both. The setting RegMean was published
 * for: same labels, other inputs.
 *
 * Expected, before the first run: RegMean++ above RegMean above the plain average, Fisher above the plain average, LiNeS above task
 * arithmetic.
 *
 * Added later, expected before their own first run, in the order of the tables published with AdaMerging and RegMean++: coefficients by
 * tensor (AdaMerging without labels, aTLAS with them) above one for all, which is task arithmetic's; AdaMerging's by tensor above its own
 * by model; RegMean++ above AdaMerging. Both learn from examples that are kept apart for validation, where AdaMerging's authors take the
 * inputs they measure on.
 */
import { subgraph, type Handle } from "#src"
import {
  accuracy, fisherInformation, joinedExamples, labelledImages, mergeAdamerging, mergeAtlas, mergeFisher, mergeLinear, mergeLines, mergeRegmean, mergeRegmeanPlus, mergeTaskArithmetic,
  mergeTies, trainNetwork,
} from "#nodes"
import { alone, bySeed, moreAccurate, onImages } from "./parts/experiment.ts"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

export const domains = subgraph({ params: onImages, inputs: {} }, (g, { seeds, corpus }) => {
  const upright = g.add("images", labelledImages, { corpus })
  const domains = [1, 2].map((turn) => g.add(`turned/${turn}`, labelledImages, { corpus, turn }))
  const tests = domains.map(({ test }) => test)
  const apart = domains.map(({ validation }) => validation)
  const { examples: both } = g.add("both", joinedExamples, {}, { examples: domains.map(({ train }) => train) })
  const repetitions = bySeed(g, seeds, (h, salt) => {
    const { network: base } = h.add("base", trainNetwork, { steps: 300 }, { examples: upright.train }, { salt })
    const models = domains.map(({ train }, i) => h.add(`specialist/${i}`, trainNetwork, { steps: 300 }, { examples: train, from: base }, { salt }).network)
    const importances = models.map((network, i) => h.add(`fisher/${i}`, fisherInformation, {}, { network, examples: (domains[i] as (typeof domains)[number]).train }).importance)
    const examples = domains.map(({ train }) => train)
    const merged: Readonly<Record<string, readonly Networks[]>> = {
      "first-specialist": models.slice(0, 1),
      "second-specialist": models.slice(1),
      "ensemble": models,
      "trained-on-everything": [h.add("everything", trainNetwork, { steps: 300 }, { examples: both, from: base }, { salt }).network],
      "average": [h.add("average", mergeLinear, {}, { models }).network],
      "task-arithmetic": [h.add("task-arithmetic", mergeTaskArithmetic, { lambda: 0.5 }, { base, models }).network],
      "ties": [h.add("ties", mergeTies, { lambda: 0.5, normalize: false }, { base, models }).network],
      "lines": [h.add("lines", mergeLines, { alpha: 0.5, beta: 0.5 }, { base, models }).network],
      "fisher": [h.add("fisher", mergeFisher, {}, { models, importances }).network],
      "regmean": [h.add("regmean", mergeRegmean, { examples: 2048 }, { models, examples }).network],
      "regmean-plus": [h.add("regmean-plus", mergeRegmeanPlus, { examples: 2048 }, { models, examples }).network],
      "adamerging": [h.add("adamerging", mergeAdamerging, {}, { base, models, examples: apart }, { salt }).network],
      "adamerging-by-model": [h.add("adamerging-by-model", mergeAdamerging, { by: "model" }, { base, models, examples: apart }, { salt }).network],
      "atlas": [h.add("atlas", mergeAtlas, { lr: 0.01 }, { base, models, examples: apart }, { salt }).network],
    }
    return Object.entries(merged).map(([name, networks]) => [name, h.add(`accuracy/${name}`, accuracy, {}, { networks: [...networks], examples: tests }).metric] as const)
  })
  return [{
    title: "One task, two domains from one base",
    figure: "accuracy",
    expected: [
      moreAccurate("regmean-plus", "regmean", "RegMean++ is more accurate than RegMean"),
      moreAccurate("regmean", "average", "RegMean is more accurate than the plain average"),
      moreAccurate("fisher", "average", "Fisher merging is more accurate than the plain average"),
      moreAccurate("lines", "task-arithmetic", "LiNeS is more accurate than task arithmetic"),
      moreAccurate("adamerging", "task-arithmetic", "AdaMerging is more accurate than task arithmetic"),
      moreAccurate("adamerging", "adamerging-by-model", "AdaMerging with coefficients by tensor is more accurate than with one by model"),
      moreAccurate("regmean-plus", "adamerging", "RegMean++ is more accurate than AdaMerging"),
      moreAccurate("atlas", "task-arithmetic", "aTLAS is more accurate than task arithmetic"),
    ],
    repetitions,
  }]
})

export default alone("domains", domains)

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "*.train": 600, "*.test": 200, "*.validation": 50, "*.steps": 25, "*.hidden": [16, 16], "*.examples": 64 }
