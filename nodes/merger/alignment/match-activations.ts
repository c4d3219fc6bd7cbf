/**
 * Matching by what units do: of each hidden layer the order of b's units that correlate best with a's over some data (Li et al.,
 * arXiv 1511.07543; as the first step of PLeaS and ZipIt).
 */
import type { Matrix } from "../with-data/solve.ts"
import { assign } from "./assignment.ts"


/**
 * Correlations of all units of one layer of two networks, [2d, 2d], from the Gram matrix of [units of a, units of b, 1]. Units that
 * never change correlate with nothing.
 */
export const correlations = (gram: Matrix): Float64Array => {
  const n = gram.columns - 1
  const mean = Array.from({ length: n }, (_, i) => gram.data[i * gram.columns + n]!)
  const covariance = (i: number, j: number): number => gram.data[i * gram.columns + j]! - mean[i]! * mean[j]!
  // In f32 sums a constant unit has a spread of rounding errors.
  const deviation = mean.map((m, i) => (covariance(i, i) > 1e-10 * (m * m + 1e-20) ? Math.sqrt(covariance(i, i)) : 0))
  return Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n]
    const scale = deviation[i]! * deviation[j]!
    return scale === 0 ? 0 : covariance(i, j) / scale
  })
}

export interface Matched {
  /** Of each hidden layer, the unit of b for each place of a. */
  readonly orders: readonly (readonly number[])[]
  /** For each hidden layer and place, how well the pair there correlates. */
  readonly similarities: readonly (readonly number[])[]
}

/** `grams`: of the inputs of each linear map of both networks, as `inputGrams` gives them. */
export const matchActivations = (grams: readonly Matrix[]): Matched => {
  const matched = grams.slice(1).map((gram) => {
    const all = correlations(gram)
    const [n, d] = [gram.columns - 1, (gram.columns - 1) / 2]
    const between = Float64Array.from({ length: d * d }, (_, k) => all[Math.floor(k / d) * n + d + (k % d)]!)
    const order = assign(between, d)
    return { order, similarity: order.map((j, i) => between[i * d + j]!) }
  })
  return { orders: matched.map(({ order }) => order), similarities: matched.map(({ similarity }) => similarity) }
}
