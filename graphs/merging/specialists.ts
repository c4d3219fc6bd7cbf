/**
 * Specialists from one base: a network is trained on all digits for a while, then one copy on 0 to 4 and one on 5 to 9, and what each merge
 * method makes of the two is measured on all digits, beside the specialists, their ensemble and training on everything.
 *
 * Expected, before the first run: RegMean++ above RegMean above the plain average, Fisher above the plain average, LiNeS above task
 * arithmetic (published order of all of them); no merge reaches training on everything. Added later, after AdaMerging had been seen to
 * fail in `domains` and before its first run here: AdaMerging and aTLAS, which learn from images kept apart for validation, above task
 * arithmetic. The other rows of spherical means and of sparse task vectors have their authors' params, and no expectation.
 */
import { subgraph, type Handle } from "#src"
import {
  accuracy, fisherInformation, labelledImages, mergeAdamerging, mergeArceeFusion, mergeAtlas, mergeBreadcrumbs, mergeDareLinear, mergeDareTies, mergeDella, mergeFisher, mergeKarcher, mergeLinear,
  mergeLines, mergeModelStock, mergeMultislerp, mergeNearswap, mergeNuslerp, mergeRam, mergeRegmean, mergeRegmeanPlus, mergeSce, mergeSlerp, mergeTaskArithmetic, mergeTies, trainNetwork,
} from "#nodes"
import { alone, bySeed, moreAccurate, onImages } from "./parts/experiment.ts"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

const tasks = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]] as const

export const specialists = subgraph({ params: onImages, inputs: {} }, (g, { seeds, corpus }) => {
  const all = g.add("images", labelledImages, { corpus })
  const parts = tasks.map((classes, i) => g.add(`images/${i}`, labelledImages, { corpus, classes: [...classes] }))
  const repetitions = bySeed(g, seeds, (h, salt) => {
    const { network: base } = h.add("base", trainNetwork, { steps: 150 }, { examples: all.train }, { salt })
    const models = parts.map((part, i) => h.add(`specialist/${i}`, trainNetwork, { steps: 300, lr: 5e-4 }, { examples: part.train, from: base }, { salt }).network)
    const [first] = models as [Networks, ...Networks[]]
    const importances = models.map((network, i) => h.add(`fisher/${i}`, fisherInformation, {}, { network, examples: (parts[i] as (typeof parts)[number]).train }).importance)
    const examples = parts.map((part) => part.train)
    const merged: Readonly<Record<string, readonly Networks[]>> = {
      "first-specialist": models.slice(0, 1),
      "second-specialist": models.slice(1),
      "ensemble": models,
      "trained-on-everything": [h.add("everything", trainNetwork, { steps: 300, lr: 5e-4 }, { examples: all.train, from: base }, { salt }).network],
      "base": [base],
      "average": [h.add("average", mergeLinear, {}, { models }).network],
      "slerp": [h.add("slerp", mergeSlerp, {}, { models }).network],
      "nuslerp": [h.add("nuslerp", mergeNuslerp, {}, { models }).network],
      "multislerp": [h.add("multislerp", mergeMultislerp, {}, { models }).network],
      "karcher": [h.add("karcher", mergeKarcher, {}, { models }).network],
      "nearswap": [h.add("nearswap", mergeNearswap, {}, { base: first, models: models.slice(1) }).network],
      "arcee-fusion": [h.add("arcee-fusion", mergeArceeFusion, {}, { base: first, models: models.slice(1) }).network],
      "task-arithmetic": [h.add("task-arithmetic", mergeTaskArithmetic, { lambda: 0.5 }, { base, models }).network],
      "ties": [h.add("ties", mergeTies, { lambda: 0.5, normalize: false }, { base, models }).network],
      "dare": [h.add("dare", mergeDareLinear, { lambda: 0.5, density: [0.7] }, { base, models }, { salt }).network],
      "dare-ties": [h.add("dare-ties", mergeDareTies, { lambda: 0.5, density: [0.7] }, { base, models }, { salt }).network],
      "della": [h.add("della", mergeDella, {}, { base, models }, { salt }).network],
      "breadcrumbs": [h.add("breadcrumbs", mergeBreadcrumbs, {}, { base, models }).network],
      "sce": [h.add("sce", mergeSce, {}, { base, models }).network],
      "ram": [h.add("ram", mergeRam, {}, { base, models }).network],
      "model-stock": [h.add("model-stock", mergeModelStock, {}, { base, models }).network],
      "lines": [h.add("lines", mergeLines, { alpha: 0.5, beta: 0.5 }, { base, models }).network],
      "fisher": [h.add("fisher", mergeFisher, {}, { models, importances }).network],
      "regmean": [h.add("regmean", mergeRegmean, { examples: 2048 }, { models, examples }).network],
      "regmean-plus": [h.add("regmean-plus", mergeRegmeanPlus, { examples: 2048 }, { models, examples }).network],
      "adamerging": [h.add("adamerging", mergeAdamerging, {}, { base, models, examples: [all.validation] }, { salt }).network],
      "atlas": [h.add("atlas", mergeAtlas, { lr: 0.01 }, { base, models, examples: [all.validation] }, { salt }).network],
    }
    return Object.entries(merged).map(([name, networks]) => [name, h.add(`accuracy/${name}`, accuracy, {}, { networks: [...networks], examples: [all.test] }).metric] as const)
  })
  return [{
    title: "Two halves of the classes from one base",
    figure: "accuracy",
    expected: [
      moreAccurate("regmean-plus", "regmean", "RegMean++ is more accurate than RegMean"),
      moreAccurate("regmean", "average", "RegMean is more accurate than the plain average"),
      moreAccurate("fisher", "average", "Fisher merging is more accurate than the plain average"),
      moreAccurate("lines", "task-arithmetic", "LiNeS is more accurate than task arithmetic"),
      moreAccurate("trained-on-everything", "regmean-plus", "Training on everything is more accurate than RegMean++"),
      moreAccurate("adamerging", "task-arithmetic", "AdaMerging is more accurate than task arithmetic"),
      moreAccurate("atlas", "task-arithmetic", "aTLAS is more accurate than task arithmetic"),
    ],
    repetitions,
  }]
})

export default alone("specialists", specialists)

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "*.train": 600, "*.test": 200, "*.validation": 50, "*.steps": 25, "*.hidden": [16], "*.examples": 64 }
