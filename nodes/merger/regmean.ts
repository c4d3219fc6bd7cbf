/** RegMean and RegMean++ as nodes (`with-data/regmean.ts`). */
import { defineKind, integer, many, NodeFailure, real, structured, type RunContext } from "#src"
import * as t from "io-ts"
import { examples, type Examples } from "../port/examples.ts"
import { network, type Network } from "../port/network.ts"
import { firstExamples } from "./with-data/first-examples.ts"
import { regmeanNetworks } from "./with-data/regmean-networks.ts"

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

const params = {
  ...regmeanParams(0.95),
  examples: integer({ min: 1, max: 1_000_000, default: 256, doc: "Examples of each model; labels are not used" }),
}
type Values = { readonly alpha: number; readonly ridge: number; readonly examples: number; readonly weight: readonly number[] }

const run = (propagate: boolean) => async (inputs: { readonly models: readonly Network[]; readonly examples: readonly Examples[] }, values: Values, context: RunContext) => {
  const { models } = inputs
  if (models.length !== inputs.examples.length) throw new NodeFailure(`${models.length} models and ${inputs.examples.length} sets of examples came in; each model needs its own`)
  const weights = sharesOf(values.weight, models.length)
  const widths = models.map(({ meta }) => meta.widths.join(" x "))
  const other = widths.findIndex((w) => w !== widths[0])
  if (other >= 0) throw new NodeFailure(`model ${other + 1} is ${widths[other]}, model 1 is ${widths[0]}`)
  const data = inputs.examples.map((of) => firstExamples(of, values.examples))
  return { network: await regmeanNetworks(await context.device(), models, data, { alpha: values.alpha, ridge: values.ridge, weights, propagate, looked: () => context.signal.throwIfAborted() }) }
}

const inputs = { models: many(network), examples: many(examples) }

export const mergeRegmean = defineKind({
  id: "merger/regmean",
  module: import.meta.url,
  title: "RegMean",
  reference: "https://arxiv.org/abs/2212.09849",
  params,
  inputs,
  outputs: { network },
  onDevice: true,
  run: run(false),
})

export const mergeRegmeanPlus = defineKind({
  id: "merger/regmean-plus",
  module: import.meta.url,
  title: "RegMean++",
  reference: "https://arxiv.org/abs/2508.03121",
  params,
  inputs,
  outputs: { network },
  onDevice: true,
  run: run(true),
})
