/** What RegMean looks at of one network, as a node: whatever else of a merge changes, its data is not looked at again. SPEC M6. */
import { defineKind, integer, one } from "#src"
import { examples } from "../port/examples.ts"
import { network, weightName } from "../port/network.ts"
import { asGramMatrices, gramMatrices } from "./gram-matrices.ts"
import { gramsOf, lookingOf } from "./with-data/activations.ts"
import { firstExamples } from "./with-data/first-examples.ts"

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
    return { grams: asGramMatrices(new Map(grams.map((gram, l) => [weightName(l), gram]))) }
  },
})
