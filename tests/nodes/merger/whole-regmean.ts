/**
 * RegMean and RegMean++ from scratch, in one go, each Gram matrix from a run of the whole model: what merges that are cut into nodes must
 * equal, byte for byte.
 */
import { must, ndarray, type Device, type Tensors } from "#src"
import { gramsOf as layerGramsOf } from "../../../nodes/merger/with-data/activations.ts"
import { gramsOf } from "../../../nodes/merger/with-data/text-grams.ts"
import { matrixOf, regmean, regmeanTensors, weightedMean, type RegMean } from "../../../nodes/merger/with-data/regmean.ts"
import type { Matrix } from "../../../nodes/merger/with-data/solve.ts"
import { spreadWindows } from "../../../nodes/merger/with-data/text-windows.ts"
import type { Model } from "../../../nodes/port/model.ts"
import type { Examples } from "../../../nodes/port/examples.ts"
import { biasName, layersOf, weightName, type Network } from "../../../nodes/port/network.ts"
import type { Substrate } from "../../../nodes/port/substrate.ts"
import type { Tokens } from "../../../nodes/port/tokens.ts"

export interface WholeRegMean extends RegMean {
  /** RegMean++. */
  readonly propagate: boolean
  /** One list a model. */
  readonly locales: readonly (readonly string[])[]
  readonly windows: number
}

/** Weights that are merged at once: one block after another, then what is above them; or all. */
const stagesOf = (names: readonly string[], blocks: number, propagate: boolean): readonly (readonly string[])[] =>
  propagate ? [...Array.from({ length: blocks }, (_, i) => names.filter((name) => name.startsWith(`block/${i}/`))), names.filter((name) => !name.startsWith("block/"))] : [names]

export const wholeRegmean = async (device: Device, models: readonly Model[], substrate: Substrate, tokens: Tokens, options: WholeRegMean): Promise<Tensors> => {
  const [first] = models as readonly [Model]
  const context = Math.min(...models.map(({ meta }) => meta.context))
  const valuesOf = (name: string) => models.map(({ tensors }) => must(tensors[name], name))
  const names = Object.keys(first.tensors)
  let merged: Tensors = Object.fromEntries(names.map((name) => [name, ndarray("f32", first.tensors[name]!.shape, weightedMean(valuesOf(name).map(({ data }) => data as Float32Array), options))]))
  for (const stage of stagesOf(names, first.meta.blocks, options.propagate)) {
    const grams: ReadonlyMap<string, Matrix>[] = []
    for (const [i, { meta, tensors }] of models.entries()) {
      const own = Object.fromEntries(stage.flatMap((name) => (name === "substrate" ? [] : [[name, must(tensors[name], name)]])))
      const looking = { meta: { ...meta, context }, tensors: options.propagate ? { ...merged, ...own } : tensors }
      grams.push(await gramsOf(device, looking, substrate, spreadWindows(tokens, context, options.locales[i] ?? [], options.windows), () => undefined))
    }
    const solved = stage.filter((name) => grams[0]?.has(name)).map((name) => {
      const { rows, columns, data } = regmean(valuesOf(name).map(matrixOf), grams.map((all) => must(all.get(name), name)), options)
      return [name, ndarray("f32", [rows, columns], Float32Array.from(data))] as const
    })
    merged = { ...merged, ...Object.fromEntries(solved) }
  }
  return merged
}

/** RegMean++ of networks: one layer after another of all examples of each model. */
export const wholeRegmeanPlus = async (device: Device, models: readonly Network[], sets: readonly Examples[], options: RegMean): Promise<Tensors> => {
  let [merged] = models as readonly [Network, ...Network[]]
  for (let l = 0; l < layersOf(merged.meta.widths); l++) {
    const grams: ReadonlyMap<string, Matrix>[] = []
    for (const set of sets) grams.push(new Map([[weightName(l), must((await layerGramsOf(device, merged, set, {}))[l], "layer")]]))
    const own = models.map(({ tensors }) => Object.fromEntries([weightName(l), biasName(l)].map((name) => [name, must(tensors[name], name)])))
    merged = { ...merged, tensors: { ...merged.tensors, ...regmeanTensors(own, grams, options) } }
  }
  return merged.tensors
}
