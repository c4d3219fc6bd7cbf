/**
 * One task, several domains: a network is trained on upright digits for a while, then one copy goes on with digits turned by a quarter
 * and one with digits upside down. Merged, they should do both. The setting RegMean was published for: same labels, other inputs.
 *
 * Expected, before the first run: RegMean++ above RegMean above the plain average, Fisher above the plain average, LiNeS above task
 * arithmetic.
 */
import { graph, integer, type Handle } from "#src"
import {
  accuracy, compareMethods, fisherInformation, labelledImages, mergeFisher, mergeLinear, mergeLines, mergeRegmean, mergeRegmeanPlus, mergeTaskArithmetic, mergeTies, trainNetwork,
} from "#nodes"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

export default graph("domains", { params: { seeds: integer({ min: 1, max: 20, default: 5, doc: "Repetitions" }) } }, (g, { seeds }) => {
  const upright = g.add("images", labelledImages, {})
  const domains = [1, 2].map((turn) => g.add(`turned/${turn}`, labelledImages, { turn }))
  const tests = domains.map(({ test }) => test)
  const repetitions = g.map("seed", Array.from({ length: seeds }, (_, seed) => ({ seed })), (h, { seed }) => {
    const salt = `${seed}`
    const { network: base } = h.add("base", trainNetwork, { steps: 300 }, { examples: upright.train }, { salt })
    const models = domains.map(({ train }, i) => h.add(`specialist/${i}`, trainNetwork, { steps: 300 }, { examples: train, from: base }, { salt }).network)
    const importances = models.map((network, i) => h.add(`fisher/${i}`, fisherInformation, {}, { network, examples: (domains[i] as (typeof domains)[number]).train }).importance)
    const examples = domains.map(({ train }) => train)
    const merged: Readonly<Record<string, readonly Networks[]>> = {
      "first-specialist": models.slice(0, 1),
      "second-specialist": models.slice(1),
      "ensemble": models,
      "average": [h.add("average", mergeLinear, {}, { models }).network],
      "task-arithmetic": [h.add("task-arithmetic", mergeTaskArithmetic, { lambda: 0.5 }, { base, models }).network],
      "ties": [h.add("ties", mergeTies, { lambda: 0.5, normalize: false }, { base, models }).network],
      "lines": [h.add("lines", mergeLines, { alpha: 0.5, beta: 0.5 }, { base, models }).network],
      "fisher": [h.add("fisher", mergeFisher, {}, { models, importances }).network],
      "regmean": [h.add("regmean", mergeRegmean, { examples: 2048 }, { models, examples }).network],
      "regmean-plus": [h.add("regmean-plus", mergeRegmeanPlus, { examples: 2048 }, { models, examples }).network],
    }
    return Object.entries(merged).map(([name, networks]) => [name, h.add(`accuracy/${name}`, accuracy, {}, { networks: [...networks], examples: tests }).metric] as const)
  })
  const methods = (repetitions[0] ?? []).map(([name]) => name)
  const metrics = methods.flatMap((_, i) => repetitions.map((of) => (of[i] as (typeof of)[number])[1]))
  g.add("methods", compareMethods, {
    methods, title: "Two domains of digits, merged",
    claims: [
      { better: "regmean-plus", worse: "regmean" }, { better: "regmean", worse: "average" }, { better: "fisher", worse: "average" }, { better: "lines", worse: "task-arithmetic" },
    ],
  }, { metrics })
})

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "*.train": 600, "*.test": 200, "*.validation": 50, "*.steps": 25, "*.hidden": [16, 16], "*.examples": 64 }
