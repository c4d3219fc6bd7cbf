/** Params of RegMean and RegMean++, and what is solved with them. */
import { NodeFailure, numbers, real, type ParamValues, type Tensors } from "#src"
import { matricesOf, type GramMatrices } from "./gram-matrices.ts"
import { regmeanTensors } from "./with-data/regmean.ts"

export const coefficients = numbers({ default: [], doc: "Coefficient of each model; 1 for all if empty" })

/** Whatever is merged. `alpha`: default of its authors' for such models. */
export const regmeanParams = (alpha: number) => ({
  alpha: real({ min: 0, max: 1, default: alpha, doc: "Off-diagonal elements of the Gram matrices times this" }),
  ridge: real({ min: 0, max: 1, default: 1e-6, step: 1e-6, doc: "Pull to the mean of the models, as a share of the Gram matrices' mean diagonal" }),
  weight: coefficients,
})

/** Coefficients of `count` models. */
export const sharesOf = (weight: readonly number[], count: number): readonly number[] => {
  if (weight.length > 0 && weight.length !== count) throw new NodeFailure(`weight has ${weight.length} values for ${count} models`, { param: "weight" })
  if (weight.length > 0 && !(weight.every((one) => one >= 0) && weight.some((one) => one > 0))) throw new NodeFailure(`weight is ${weight.join(", ")}: expected numbers from 0, at least one above`, { param: "weight" })
  return weight.length === 0 ? Array.from({ length: count }, () => 1) : weight
}

/** Weights of models, or of the same part of each, by what is known of them. `wanted`: `regmean-wanted.ts`, where it is there already. */
export const solved = (models: readonly { readonly tensors: Tensors }[], grams: readonly GramMatrices[], { weight, alpha, ridge }: ParamValues<ReturnType<typeof regmeanParams>>, wanted?: readonly GramMatrices[]): Tensors =>
  regmeanTensors(models.map(({ tensors }) => tensors), grams.map(matricesOf), { alpha, ridge, weights: sharesOf(weight, models.length) }, wanted?.map(matricesOf))
