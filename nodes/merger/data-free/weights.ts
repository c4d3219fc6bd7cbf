/** Coefficients of models, and what a sum of models is divided by. */
import { element, real, type Element } from "#src"

/** Of either sign: a negative one takes the model away. */
export const signedWeight = real({ min: -100, max: 100, default: 1, doc: "Coefficient of the model" })

/** One or more parts of a formula, added up in their order. */
export const added = (parts: readonly Element[]): Element => parts.reduce((a, b) => element.add(a, b))

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/** The sum of weights where it is asked for. Weights that cancel have no mean: the sum of models is then taken as it is. */
export const divisorOf = (weights: readonly number[], normalize: boolean): number => {
  const total = sum(weights)
  return normalize && total !== 0 ? total : 1
}
