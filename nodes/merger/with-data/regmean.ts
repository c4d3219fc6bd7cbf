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

/** What a model wants of the merged map, `G_i W_i` [in, out]: it does not depend on coefficients, so it can be kept while they move. */
export const wantedOf = (weight: Matrix, gram: Matrix, alpha: number): Matrix => product(shrunk(gram, alpha), weight)

/** The merged map of weights [in, out] and Gram matrices [in, in], one of each for every model. `wanted`: of each (`wantedOf`), where it is there already. */
export const regmean = (weights: readonly Matrix[], grams: readonly Matrix[], { alpha, ridge, weights: shares }: RegMean, wanted = weights.map((weight, i) => wantedOf(weight, must(grams[i], "Gram matrix"), alpha))): Matrix => {
  const total = shares.reduce((a, b) => a + b, 0)
  const shared = (of: readonly Matrix[]): Matrix => sumOf(of.map((one, i) => [shares[i] as number, one]))
  const mean = sumOf(weights.map((w, i) => [(shares[i] as number) / total, w]))
  return solve(shared(grams.map((gram) => shrunk(gram, alpha))), shared(wanted), mean, ridge)
}

export const matrixOf = ({ shape, data }: NdArray): Matrix => matrix(shape[0] as number, shape[1] as number, Float64Array.from(data as Float32Array))

/** By the name of the map's weights. */
type ByMap = ReadonlyMap<string, Matrix>

/** What a model wants of each map. */
export const allWanted = (tensors: Tensors, grams: ByMap, alpha: number): ByMap => new Map([...grams].map(([name, gram]) => [name, wantedOf(matrixOf(must(tensors[name], name)), gram, alpha)]))

/** Weights of models of one layout, f32: those that are linear maps by their Gram matrices (`grams[i]` of model i), all others by the mean. `wanted`: of each model, where it is there already. */
export const regmeanTensors = (models: readonly Tensors[], grams: readonly ByMap[], options: RegMean, wanted?: readonly ByMap[]): Tensors =>
  Object.fromEntries(
    Object.entries(must(models[0], "model")).map(([name, { shape }]) => {
      const values = models.map((tensors) => must(tensors[name], name))
      if (grams[0]?.has(name) !== true) return [name, ndarray("f32", shape, weightedMean(values.map(({ data }) => data as Float32Array), options))]
      const { rows, columns, data } = regmean(values.map(matrixOf), grams.map((of) => must(of.get(name), name)), options, wanted?.map((of) => must(of.get(name), name)))
      return [name, ndarray("f32", [rows, columns], Float32Array.from(data))]
    }),
  )
