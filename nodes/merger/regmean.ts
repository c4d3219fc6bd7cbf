/** RegMean and RegMean++ as nodes (`with-data/regmean.ts`). */
import { counted, defineExpansion, defineKind, lazy, many, must, NodeFailure, real, structured } from "#src"
import * as t from "io-ts"
import { examples } from "../port/examples.ts"
import { network, type Network } from "../port/network.ts"
import { gramMatrices, matricesOf } from "./gram-matrices.ts"
import { examplesOfEach, gramsOfLayers } from "./layer-grams.ts"
import { gramsOf, lookingOf } from "./with-data/activations.ts"
import { firstExamples } from "./with-data/first-examples.ts"
import { regmeanTensors } from "./with-data/regmean.ts"
import { regmeanNetworks } from "./with-data/regmean-networks.ts"
import type { Matrix } from "./with-data/solve.ts"

/** Of RegMean, whatever is merged. */
export const regmeanParams = (alpha: number) => ({
  alpha: real({ min: 0, max: 1, default: alpha, doc: "Off-diagonal elements of the Gram matrices times this" }),
  ridge: real({ min: 0, max: 1, default: 1e-6, step: 1e-6, doc: "Pull to the mean of the models, as a share of the Gram matrices' mean diagonal" }),
  weight: structured(t.readonlyArray(t.number), { default: [], doc: "Coefficient of each model; 1 for all if empty", expected: "a list of numbers" }),
})

/** Coefficients of `count` models. */
export const sharesOf = (weight: readonly number[], count: number): readonly number[] => {
  if (weight.length > 0 && weight.length !== count) throw new NodeFailure(`weight has ${weight.length} values for ${count} models`, { param: "weight" })
  if (weight.length > 0 && !(weight.every((one) => one >= 0) && weight.some((one) => one > 0))) throw new NodeFailure(`weight is ${weight.join(", ")}: expected numbers from 0, at least one above`, { param: "weight" })
  return weight.length === 0 ? Array.from({ length: count }, () => 1) : weight
}

const values = regmeanParams(0.95)
const params = { ...values, examples: examplesOfEach }

const requireSame = (models: readonly Network[]): void => {
  const widths = models.map(({ meta }) => meta.widths.join(" x "))
  const other = widths.findIndex((w) => w !== widths[0])
  if (other >= 0) throw new NodeFailure(`model ${other + 1} is ${widths[other]}, model 1 is ${widths[0]}`)
}
const requireEach = (models: number, sets: number): void => {
  if (models !== sets) throw new NodeFailure(`${counted(models, "model")} and ${counted(sets, "set")} of examples came in; each model needs its own`)
}

/** RegMean of what is known of each model: a coefficient that moves looks at no data. */
export const solveRegmean = defineKind({
  id: "merger/regmean-solve",
  module: import.meta.url,
  title: "RegMean: least squares",
  reference: "https://arxiv.org/abs/2212.09849",
  params: values,
  inputs: { models: many(network), grams: many(gramMatrices) },
  outputs: { network },
  run: ({ models, grams }, { weight, alpha, ridge }) => {
    requireSame(models)
    const options = { alpha, ridge, weights: sharesOf(weight, models.length) }
    return { network: { meta: must(models[0], "model").meta, tensors: regmeanTensors(models.map(({ tensors }) => tensors), grams.map(matricesOf), options) } }
  },
})

/** A node for what each model's data says, and one that solves: another model, or a coefficient, has nothing else looked at again. SPEC M6. */
export const mergeRegmean = defineExpansion({
  id: "merger/regmean",
  module: import.meta.url,
  title: "RegMean",
  reference: "https://arxiv.org/abs/2212.09849",
  params,
  inputs: { models: lazy(many(network)), examples: lazy(many(examples)) },
  outputs: { network },
  expand: (g, { examples: count, ...given }, _, { models, examples: sets }) => {
    requireEach(models.length, sets.length)
    sharesOf(given.weight, models.length)
    const grams = models.map((of, i) => g.add(`grams/${i}`, gramsOfLayers, { examples: count }, { network: of, examples: must(sets[i], "examples") }).grams)
    return g.add("solve", solveRegmean, given, { models: [...models], grams })
  },
})

export const mergeRegmeanPlus = defineKind({
  id: "merger/regmean-plus",
  module: import.meta.url,
  title: "RegMean++",
  reference: "https://arxiv.org/abs/2508.03121",
  params,
  inputs: { models: many(network), examples: many(examples) },
  outputs: { network },
  onDevice: true,
  run: async ({ models, examples: sets }, { examples: count, weight, alpha, ridge }, context) => {
    requireEach(models.length, sets.length)
    const weights = sharesOf(weight, models.length)
    requireSame(models)
    const data = sets.map((of) => firstExamples(of, count))
    const device = await context.device()
    const gramsAt = async (l: number, merged: Network): Promise<readonly Matrix[]> => {
      const grams: Matrix[] = []
      for (const one of data) grams.push(must((await gramsOf(device, merged, one, lookingOf(context)))[l], "layer"))
      return grams
    }
    return { network: await regmeanNetworks(models, gramsAt, { alpha, ridge, weights }) }
  },
})
