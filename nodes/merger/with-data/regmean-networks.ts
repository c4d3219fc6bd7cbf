/** RegMean and RegMean++ on whole networks: linear maps by `regmean.ts`, biases by the weighted mean. */
import { must, ndarray } from "#src"
import { biasName, layersOf, tensorOf, weightName, type Network } from "../../port/network.ts"
import type { Matrix } from "./solve.ts"
import { matrixOf, regmean, weightedMean, type RegMean } from "./regmean.ts"

/** Inner products of what goes into a layer's map, [in, in], of each model on what it was trained for. RegMean++ looks at the network merged so far. */
export type GramsAt = (layer: number, merged: Network) => Promise<readonly Matrix[]> | readonly Matrix[]

export const regmeanNetworks = async (models: readonly Network[], gramsAt: GramsAt, options: RegMean): Promise<Network> => {
  const first = must(models[0], "model")
  const { widths } = first.meta
  const meanBias = (l: number): Float32Array => weightedMean(models.map((model) => tensorOf(model, biasName(l)).data), options)
  let merged = first
  for (let l = 0; l < layersOf(widths); l++) {
    const weight = regmean(models.map((model) => matrixOf(tensorOf(model, weightName(l)))), await gramsAt(l, merged), options)
    merged = {
      meta: first.meta,
      tensors: {
        ...merged.tensors,
        [weightName(l)]: ndarray("f32", [weight.rows, weight.columns], Float32Array.from(weight.data)),
        [biasName(l)]: ndarray("f32", [weight.columns], meanBias(l)),
      },
    }
  }
  return merged
}
