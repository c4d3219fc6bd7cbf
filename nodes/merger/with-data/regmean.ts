/**
 * RegMean (Jin et al., arXiv 2212.09849): for each linear map the weights that come closest to what each model answers on its own
 * inputs, `min_W sum_i |X_i W - X_i W_i|^2`, so `W = (sum_i G_i)^-1 sum_i G_i W_i` with `G_i = X_i^T X_i / n_i`. Off-diagonal elements of
 * G are scaled by `alpha`. Where G says nothing (a dead input), a ridge holds W to the mean of the models.
 *
 * RegMean++ (arXiv 2508.03121) takes the inputs of each map from the network merged so far, in place of each model's own, so it is solved layer
 * by layer; the same formulas serve both.
 */
import { must, ndarray, type NdArray, type Tensors } from "#src"
import { matrix, product, solve, sumOf, type Matrix } from "./solve.ts"

export interface RegMean {
  readonly alpha: number
  /** Of the mean of G's diagonal. */
  readonly ridge: number
  /** Coefficient of each model. */
  readonly weights: readonly number[]
}

/** Off-diagonal elements times `alpha`. */
const shrunk = (g: Matrix, alpha: number): Matrix => matrix(g.rows, g.columns, g.data.map((x, k) => (k % (g.columns + 1) === 0 ? x : alpha * x)))

/** What is no linear map: the mean of the models' numbers by their coefficients. */
export const weightedMean = (values: readonly Float32Array[], { weights }: Pick<RegMean, "weights">): Float32Array => {
  const total = weights.reduce((a, b) => a + b, 0)
  return Float32Array.from(must(values[0], "model"), (_, k) => values.reduce((sum, of, i) => sum + ((weights[i] as number) / total) * of[k]!, 0))
}

/** The merged map of weights [in, out] and Gram matrices [in, in], one of each for every model. */
export const regmean = (weights: readonly Matrix[], grams: readonly Matrix[], { alpha, ridge, weights: shares }: RegMean): Matrix => {
  const terms = grams.map((gram, i) => [shares[i] as number, shrunk(gram, alpha)] as const)
  const total = shares.reduce((a, b) => a + b, 0)
  const mean = sumOf(weights.map((w, i) => [(shares[i] as number) / total, w]))
  return solve(sumOf(terms), sumOf(terms.map(([share, g], i) => [share, product(g, weights[i] as Matrix)])), mean, ridge)
}

export const matrixOf = ({ shape, data }: NdArray): Matrix => matrix(shape[0] as number, shape[1] as number, Float64Array.from(data as Float32Array))

/** Weights of models of one layout, f32: those that are linear maps by their Gram matrices (`grams[i]` of model i, by name), all others by the mean. */
export const regmeanTensors = (models: readonly Tensors[], grams: readonly ReadonlyMap<string, Matrix>[], options: RegMean): Tensors =>
  Object.fromEntries(
    Object.entries(must(models[0], "model")).map(([name, { shape }]) => {
      const values = models.map((tensors) => must(tensors[name], name))
      if (grams[0]?.has(name) !== true) return [name, ndarray("f32", shape, weightedMean(values.map(({ data }) => data as Float32Array), options))]
      const { rows, columns, data } = regmean(values.map(matrixOf), grams.map((of) => must(of.get(name), name)), options)
      return [name, ndarray("f32", [rows, columns], Float32Array.from(data))]
    }),
  )
