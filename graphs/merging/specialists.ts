/**
 * Specialists from one base: a network is trained on all digits for a while, then one copy on 0 to 4 and one on 5 to 9, and what each merge
 * method makes of the two is measured on all digits, beside the specialists, their ensemble and training on everything.
 *
 * Expected, before the first run: RegMean++ above RegMean above the plain average, Fisher above the plain average, LiNeS above task
 * arithmetic (published order of all of them); no merge reaches training on everything.
 */
import { graph, integer, type Handle } from "#src"
import {
  accuracy, compareMethods, fisherInformation, labelledImages, mergeDareTies, mergeFisher, mergeLinear, mergeLines, mergeModelStock, mergeRegmean, mergeRegmeanPlus, mergeSlerp, mergeTaskArithmetic,
  mergeTies, trainNetwork,
} from "#nodes"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

const tasks = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]] as const

export default graph("specialists", { params: { seeds: integer({ min: 1, max: 20, default: 5, doc: "Repetitions" }) } }, (g, { seeds }) => {
  const all = g.add("images", labelledImages, {})
  const parts = tasks.map((classes, i) => g.add(`images/${i}`, labelledImages, { classes: [...classes] }))
  const repetitions = g.map("seed", Array.from({ length: seeds }, (_, seed) => ({ seed })), (h, { seed }) => {
    const salt = `${seed}`
    const { network: base } = h.add("base", trainNetwork, { steps: 150 }, { examples: all.train }, { salt })
    const models = parts.map((part, i) => h.add(`specialist/${i}`, trainNetwork, { steps: 300, lr: 5e-4 }, { examples: part.train, from: base }, { salt }).network)
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
      "task-arithmetic": [h.add("task-arithmetic", mergeTaskArithmetic, { lambda: 0.5 }, { base, models }).network],
      "ties": [h.add("ties", mergeTies, { lambda: 0.5, normalize: false }, { base, models }).network],
      "dare-ties": [h.add("dare-ties", mergeDareTies, { lambda: 0.5, density: [0.7] }, { base, models }, { salt }).network],
      "model-stock": [h.add("model-stock", mergeModelStock, {}, { base, models }).network],
      "lines": [h.add("lines", mergeLines, { alpha: 0.5, beta: 0.5 }, { base, models }).network],
      "fisher": [h.add("fisher", mergeFisher, {}, { models, importances }).network],
      "regmean": [h.add("regmean", mergeRegmean, { examples: 2048 }, { models, examples }).network],
      "regmean-plus": [h.add("regmean-plus", mergeRegmeanPlus, { examples: 2048 }, { models, examples }).network],
    }
    return Object.entries(merged).map(([name, networks]) => [name, h.add(`accuracy/${name}`, accuracy, {}, { networks: [...networks], examples: [all.test] }).metric] as const)
  })
  const methods = (repetitions[0] ?? []).map(([name]) => name)
  const metrics = methods.flatMap((_, i) => repetitions.map((of) => (of[i] as (typeof of)[number])[1]))
  g.add("methods", compareMethods, {
    methods, title: "Two specialists in digits, merged",
    claims: [
      { better: "regmean-plus", worse: "regmean" }, { better: "regmean", worse: "average" }, { better: "fisher", worse: "average" },
      { better: "lines", worse: "task-arithmetic" }, { better: "trained-on-everything", worse: "regmean-plus" },
    ],
  }, { metrics })
})

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "*.train": 600, "*.test": 200, "*.validation": 50, "*.steps": 25, "*.hidden": [16], "*.examples": 64 }
