/** RegMean and RegMean++ on whole networks: linear maps by `regmean.ts`, biases by the weighted mean. */
import { must, ndarray, type Device } from "#src"
import type { Examples } from "../../port/examples.ts"
import { biasName, layersOf, tensorOf, weightName, type Network } from "../../port/network.ts"
import { inputGrams, part, range, type Looking } from "./activations.ts"
import type { Matrix } from "./solve.ts"
import { matrixOf, regmean, weightedMean, type RegMean } from "./regmean.ts"

export interface RegMeanNetworks extends RegMean, Pick<Looking, "looked"> {
  /** RegMean++: inputs of a map come from the network merged so far. */
  readonly propagate: boolean
}

/** `data[i]` is what model i was trained for; labels are not looked at. */
export const regmeanNetworks = async (device: Device, models: readonly Network[], data: readonly Examples[], options: RegMeanNetworks): Promise<Network> => {
  const first = must(models[0], "model")
  const { widths } = first.meta
  const meanBias = (l: number): Float32Array => weightedMean(models.map((model) => tensorOf(model, biasName(l)).data), options)
  // A map and what goes into it: without the row and column of the bias, which is averaged.
  const gramsAt = async (networks: readonly Network[], l: number): Promise<readonly Matrix[]> => {
    const grams: Matrix[] = []
    for (const [i, of] of networks.entries()) grams.push(part(must((await inputGrams(device, [of], must(data[i], "examples"), options))[l], "Gram matrix"), range(0, widths[l] as number)))
    return grams
  }
  let merged = first
  for (let l = 0; l < layersOf(widths); l++) {
    const weight = regmean(models.map((model) => matrixOf(tensorOf(model, weightName(l)))), await gramsAt(options.propagate ? models.map(() => merged) : models, l), options)
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
