/**
 * Soups: copies of one network, fine-tuned each in its own way, averaged. Uniform, greedy and learned; and sparse: pruned step by step,
 * retrained as several copies at each step and averaged (SMS), beside one copy retrained as often (IMP).
 *
 * Expected, before the first run: the greedy soup is not below the best single model by more than noise; SMS above IMP at equal sparsity.
 */
import { integer, subgraph, type Handle } from "#src"
import { accuracy, greedySoup, labelledImages, learnedSoup, mergeLinear, pruneMagnitude, trainNetwork } from "#nodes"
import { alone, bySeed, moreAccurate, onImages } from "./parts/experiment.ts"

type Networks = Handle<(typeof trainNetwork)["outputs"]>["network"]

const params = {
  ...onImages,
  copies: integer({ min: 2, max: 20, default: 3, doc: "Copies that are averaged" }),
  phases: integer({ min: 1, max: 10, default: 3, doc: "Phases of pruning" }),
}
const rates = [5e-4, 1e-3, 2e-3]

export const soups = subgraph({ params, inputs: {} }, (g, { seeds, corpus, copies, phases }) => {
  const { train, validation, test } = g.add("images", labelledImages, { corpus, test: 5000 })
  const repetitions = bySeed(g, seeds, (h, salt) => {
    const { network: base } = h.add("base", trainNetwork, { steps: 300 }, { examples: train }, { salt })
    const models = Array.from({ length: copies }, (_, i) => h.add(`tuned/${i}`, trainNetwork, { steps: 200, lr: rates[i % rates.length] as number }, { examples: train, from: base }, { salt: `${salt}/${i}` }).network)
    const sparse = (name: string, width: number): Networks => {
      let now: Networks = base
      for (let phase = 1; phase <= phases; phase++) {
        const pruned = h.add(`${name}/${phase}/prune`, pruneMagnitude, { target: 0.95, phase, phases }, { network: now }).network
        const retrained = Array.from({ length: width }, (_, i) => h.add(`${name}/${phase}/retrain/${i}`, trainNetwork, { steps: 100, masked: true }, { examples: train, from: pruned }, { salt: `${salt}/${phase}/${i}` }).network)
        now = h.add(`${name}/${phase}/soup`, mergeLinear, {}, { models: retrained }).network
      }
      return now
    }
    const made: Readonly<Record<string, Networks>> = {
      "base": base,
      ...Object.fromEntries(models.map((model, i) => [`tuned-${i}`, model])),
      "uniform-soup": h.add("uniform", mergeLinear, {}, { models }).network,
      "greedy-soup": h.add("greedy", greedySoup, {}, { models, validation }).network,
      "learned-soup": h.add("learned", learnedSoup, {}, { models, validation: [validation] }, { salt }).network,
      "sparse-soup": sparse("sms", copies),
      "iterative-pruning": sparse("imp", 1),
    }
    return Object.entries(made).map(([name, network]) => [name, h.add(`accuracy/${name}`, accuracy, {}, { networks: [network], examples: [test] }).metric] as const)
  })
  return [{
    title: "Soups, dense and sparse",
    figure: "accuracy",
    expected: [
      moreAccurate("uniform-soup", "tuned-0", "The uniform soup is more accurate than its first copy"),
      moreAccurate("greedy-soup", "tuned-0", "The greedy soup is more accurate than its first copy"),
      moreAccurate("sparse-soup", "iterative-pruning", "At equal sparsity, sparse soups are more accurate than iterative pruning"),
    ],
    repetitions,
  }]
})

export default alone("soups", soups)

/** Seconds instead of minutes, for tests. */
export const tiny = { "seeds": 1, "copies": 2, "phases": 2, "*.train": 400, "*.test": 200, "*.validation": 100, "*.steps": 25, "*.hidden": [12] }
