/** What RegMean looks at of one model, as a node: whatever else of a merge changes, its data is not looked at again. SPEC M6. */
import { defineKind, integer, one, tensorsPort, type NdArray, type PortValue } from "#src"
import * as t from "io-ts"
import { examples } from "../port/examples.ts"
import { layersOf, network } from "../port/network.ts"
import { bitsOf, fromBits } from "./f64-bits.ts"
import { gramsOf, lookingOf, range } from "./with-data/activations.ts"
import { firstExamples } from "./with-data/first-examples.ts"
import { matrix, type Matrix } from "./with-data/solve.ts"

/** `<layer>` i32 [in, in, 2]: inner products of what goes into the layer, the mean over examples, the bits of f64 (a port holds no f64). */
export const layerGrams = tensorsPort("layer-grams", t.readonly(t.type({ widths: t.readonlyArray(t.number) })))

export const examplesOfEach = integer({ min: 1, max: 1_000_000, default: 256, doc: "Examples of each model; labels are not used" })

export const gramsOfLayers = defineKind({
  id: "merger/layer-grams",
  module: import.meta.url,
  title: "Inner products of what goes into each layer",
  reference: "https://arxiv.org/abs/2212.09849",
  params: { examples: examplesOfEach },
  inputs: { network: one(network), examples: one(examples) },
  outputs: { grams: layerGrams },
  onDevice: true,
  run: async ({ network: of, examples: data }, { examples: count }, context) => {
    const { widths } = of.meta
    const grams = await gramsOf(await context.device(), of, firstExamples(data, count), lookingOf(context))
    return { grams: { meta: { widths }, tensors: Object.fromEntries(grams.map((gram, l) => [`${l}`, bitsOf(gram.data, [gram.rows, gram.columns, 2])])) } }
  },
})

/** By layer. */
export const matricesOf = ({ meta, tensors }: PortValue<typeof layerGrams>): readonly Matrix[] =>
  range(0, layersOf(meta.widths)).map((l) => {
    const bits = tensors[`${l}`] as NdArray
    return matrix(bits.shape[0] as number, bits.shape[1] as number, fromBits(bits))
  })
