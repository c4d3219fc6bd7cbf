/** What two networks do side by side on the same data, as a node: how they are joined may change without looking at data again. SPEC M6. */
import { defineKind, integer, many, NodeFailure } from "#src"
import { examples } from "../port/examples.ts"
import { network, type Network } from "../port/network.ts"
import { gramMatrices, layersAsGrams } from "./gram-matrices.ts"
import { inputGrams, lookingOf } from "./with-data/activations.ts"
import { mixedExamples } from "./with-data/first-examples.ts"

export const examplesInAll = integer({ min: 1, max: 1_000_000, default: 1024, doc: "Examples to look at, in all; labels are not used" })

export const requireSameWidths = (networks: readonly Network[]): void => {
  const widths = networks.map(({ meta }) => meta.widths.join(" x "))
  const other = widths.findIndex((of) => of !== widths[0])
  if (other >= 0) throw new NodeFailure(`expected networks of the same widths, got ${widths[0]} and, of number ${other + 1}, ${widths[other]}`)
}

/** Refused before anything is looked at. */
export const requirePair = (networks: number): void => {
  if (networks !== 2) throw new NodeFailure(`two networks are joined, got ${networks}`)
}

/** `layers/<l>/weight` i32 [in + 1, in + 1, 2]: inner products of what goes into layer l of all networks, one after another, and a 1; see `gram-matrices.ts`. */
export const jointGrams = defineKind({
  id: "merger/joint-grams",
  module: import.meta.url,
  title: "Inner products of what goes into each layer of networks side by side",
  reference: "https://arxiv.org/abs/1511.07543",
  params: { examples: examplesInAll },
  inputs: { networks: many(network), examples: many(examples) },
  outputs: { grams: gramMatrices },
  onDevice: true,
  run: async ({ networks, examples: sets }, { examples: most }, context) => {
    requireSameWidths(networks)
    const grams = await inputGrams(await context.device(), networks, mixedExamples(sets, most), lookingOf(context))
    return { grams: layersAsGrams(grams) }
  },
})

