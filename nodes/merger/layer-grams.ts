/** What RegMean and RegMean++ look at of one network, as nodes: whatever else of a merge changes, its data is not looked at again. SPEC M6. */
import { defineKind, integer, must, NodeFailure, one, tensorsPort, type NdArray } from "#src"
import * as t from "io-ts"
import { examples, widthOf } from "../port/examples.ts"
import { network } from "../port/network.ts"
import { gramMatrices, layersAsGrams } from "./gram-matrices.ts"
import { networkLayout } from "./network-layers.ts"
import { gramsOf, lookingOf } from "./with-data/activations.ts"
import { firstExamples } from "./with-data/first-examples.ts"
import { seenExamples, throughLayer, type Seen } from "./with-data/through-layer.ts"

export const examplesOfEach = integer({ min: 1, max: 1_000_000, default: 256, doc: "Examples of each model; labels are not used" })

export const gramsOfLayers = defineKind({
  id: "merger/layer-grams",
  module: import.meta.url,
  title: "Inner products of what goes into each layer",
  reference: "https://arxiv.org/abs/2212.09849",
  params: { examples: examplesOfEach },
  inputs: { network: one(network), examples: one(examples) },
  outputs: { grams: gramMatrices },
  onDevice: true,
  run: async ({ network: of, examples: data }, { examples: count }, context) => {
    const grams = await gramsOf(await context.device(), of, firstExamples(data, count), lookingOf(context))
    return { grams: layersAsGrams(grams) }
  },
})

/** What goes into a layer: `input` f32 [n, width], one row an example. */
export const layerInputs = tensorsPort("layer-inputs", t.readonly(t.type({})))

/** The layer that this goes into is one of its own, `networkLayer`. */
const shown = ({ activations, gram }: Seen) => ({ activations: { meta: {}, tensors: { input: activations } }, grams: layersAsGrams([gram]) })

export const seeExamples = defineKind({
  id: "merger/seen-examples",
  module: import.meta.url,
  title: "What goes into the first layer",
  reference: "https://arxiv.org/abs/2508.03121",
  params: { examples: examplesOfEach },
  inputs: { layout: one(networkLayout), examples: one(examples) },
  outputs: { activations: layerInputs, grams: gramMatrices },
  onDevice: true,
  run: async ({ layout, examples: data }, { examples: count }, context) => {
    if (widthOf(data) !== layout.widths[0]) throw new NodeFailure(`the examples have ${widthOf(data)} numbers each, the networks take ${layout.widths[0]}`)
    return shown(await seenExamples(await context.device(), firstExamples(data, count), lookingOf(context)))
  },
})

export const seeLayer = defineKind({
  id: "merger/seen-layer",
  module: import.meta.url,
  title: "What goes into the next layer",
  reference: "https://arxiv.org/abs/2508.03121",
  params: {},
  inputs: { activations: one(layerInputs), layer: one(network) },
  outputs: { activations: layerInputs, grams: gramMatrices },
  onDevice: true,
  run: async ({ activations, layer }, _, context) => shown(await throughLayer(await context.device(), must(activations.tensors["input"], "input") as NdArray<"f32">, layer, lookingOf(context))),
})
