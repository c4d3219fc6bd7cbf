/**
 * Networks of different origin made comparable: the hidden units of one put in the order of another's (Git Re-Basin, by weights; or by
 * activations), the two joined with or without a fit (ZipIt!, PLeaS), and the spread of activations mended (REPAIR).
 */
import { choice, defineExpansion, defineKind, flag, jsonPort, lazy, many, NodeFailure, one, optional, real } from "#src"
import * as t from "io-ts"
import { examples } from "../port/examples.ts"
import { network, type Network } from "../port/network.ts"
import { joined, type Groups } from "./alignment/group.ts"
import { correlations, matchActivations } from "./alignment/match-activations.ts"
import { matchNetworks } from "./alignment/match-weights.ts"
import { permuted } from "./alignment/permute.ts"
import { fittedJoin, partialGroups } from "./alignment/pleas.ts"
import { repaired } from "./alignment/repair.ts"
import { zipGroups } from "./alignment/zip-groups.ts"
import { gramMatrices, gramsByLayer } from "./gram-matrices.ts"
import { examplesInAll, jointGrams, requirePair, requireSameWidths } from "./joint-grams.ts"
import { inputGrams, lookingOf } from "./with-data/activations.ts"
import { mixedExamples } from "./with-data/first-examples.ts"
import type { Matrix } from "./with-data/solve.ts"

export const alignUnits = defineKind({
  id: "merger/align",
  module: import.meta.url,
  title: "Order hidden units as in another network",
  reference: "https://arxiv.org/abs/2209.04836",
  params: { by: choice(["weights", "activations"], { default: "weights", doc: "What is compared" }), examples: examplesInAll },
  inputs: { network: one(network), reference: one(network), examples: optional(examples) },
  outputs: { network },
  seeded: true,
  onDevice: true,
  run: async (inputs, { by, examples: most }, context) => {
    requireSameWidths([inputs.network, inputs.reference])
    if (by === "weights") return { network: permuted(inputs.network, matchNetworks(inputs.reference, inputs.network, context.random)) }
    if (inputs.examples === undefined) throw new NodeFailure("matching by activations needs examples", { param: "by" })
    const grams = await inputGrams(await context.device(), [inputs.reference, inputs.network], mixedExamples([inputs.examples], most), lookingOf(context))
    return { network: permuted(inputs.network, matchActivations(grams).orders) }
  },
})

const pleas = {
  separate: real({ min: 0, max: 1, default: 0, doc: "Share of matched units, the least alike, that stay two: 0 for a network of the same width, 1 for twice the width" }),
  fit: flag({ default: true, doc: "Fit each map by least squares; without, units are only averaged" }),
  ridge: real({ min: 0, max: 1, default: 1e-4, step: 1e-5, doc: "Pull to the averaged map, as a share of the inputs' mean square" }),
}

const pleasPaper = "https://arxiv.org/abs/2407.02447"

/** Of each hidden layer, which units go together, and how well: `alignment/match-activations.ts`. */
const unitMatching = jsonPort("unit-matching", t.readonly(t.type({ orders: t.readonlyArray(t.readonlyArray(t.number)), similarities: t.readonlyArray(t.readonlyArray(t.number)) })))

export const matchUnits = defineKind({
  id: "merger/match-units",
  module: import.meta.url,
  title: "Units that do the same",
  reference: "https://arxiv.org/abs/1511.07543",
  params: {},
  inputs: { grams: one(gramMatrices) },
  outputs: { matching: unitMatching },
  run: ({ grams }) => ({ matching: matchActivations(gramsByLayer(grams)) }),
})

export const joinPleas = defineKind({
  id: "merger/pleas-join",
  module: import.meta.url,
  title: "PLeaS: joined and fitted",
  reference: pleasPaper,
  params: pleas,
  inputs: { networks: many(network), matching: one(unitMatching), grams: lazy(one(gramMatrices)) },
  outputs: { network },
  needs: ({ fit }) => ({ grams: fit }),
  run: ({ networks, matching, grams }, { separate, ridge }) => {
    const [a, b] = networks as readonly [Network, Network]
    const groups = partialGroups(matching, separate)
    return { network: grams === undefined ? joined(a, b, groups) : fittedJoin(a, b, groups, gramsByLayer(grams), ridge) }
  },
})

/** Nodes that look at data, that match and that join: the share that stays apart, and the ridge, move without looking or matching again. */
export const mergePleas = defineExpansion({
  id: "merger/pleas",
  module: import.meta.url,
  title: "PLeaS",
  reference: pleasPaper,
  params: { ...pleas, examples: examplesInAll },
  inputs: { networks: lazy(many(network)), examples: lazy(many(examples)) },
  outputs: { network },
  expand: (g, { examples: most, ...how }, _, { networks, examples: sets }) => {
    requirePair(networks.length)
    const { grams } = g.add("grams", jointGrams, { examples: most }, { networks: [...networks], examples: [...sets] })
    const { matching } = g.add("match", matchUnits, {}, { grams })
    return g.add("join", joinPleas, how, { networks: [...networks], matching, grams })
  },
})

const zip = {
  ratio: real({ min: 0, max: 1, default: 0.5, doc: "Share of the two networks' units that is merged away: 0.5 for one network's width" }),
  alpha: real({ min: 0, max: 1, default: 0.3, doc: "Similarity of a merged unit: the least of its members' times this" }),
  beta: real({ min: 0, max: 1, default: 0.125, doc: "Share of each network's merges, half of all, that may be within it" }),
}

const zipPaper = "https://arxiv.org/abs/2305.03053"

export const joinZip = defineKind({
  id: "merger/zip-join",
  module: import.meta.url,
  title: "ZipIt!: grouping",
  reference: zipPaper,
  params: zip,
  inputs: { networks: many(network), grams: one(gramMatrices) },
  outputs: { network },
  run: ({ networks, grams: given }, { ratio, alpha, beta }) => {
    const [a, b] = networks as readonly [Network, Network]
    const groups = gramsByLayer(given).slice(1).map((gram): Groups => {
      const n = gram.columns - 1
      return zipGroups(correlations(gram), n, { keep: Math.max(1, Math.round((1 - ratio) * n)), alpha, beta })
    })
    return { network: joined(a, b, groups) }
  },
})

/** A node that looks at data, the same as PLeaS', and one that groups by what it found. */
export const mergeZip = defineExpansion({
  id: "merger/zip",
  module: import.meta.url,
  title: "ZipIt!",
  reference: zipPaper,
  params: { ...zip, examples: examplesInAll },
  inputs: { networks: lazy(many(network)), examples: lazy(many(examples)) },
  outputs: { network },
  expand: (g, { examples: most, ...how }, _, { networks, examples: sets }) => {
    requirePair(networks.length)
    const { grams } = g.add("grams", jointGrams, { examples: most }, { networks: [...networks], examples: [...sets] })
    return g.add("join", joinZip, how, { networks: [...networks], grams })
  },
})

const repairPaper = "https://arxiv.org/abs/2211.08403"
const share = real({ min: 0, max: 1, default: 0.5, doc: "Where the merged network lies between the first (0) and the second (1)" })

export const mendSpread = defineKind({
  id: "merger/repair-mend",
  module: import.meta.url,
  title: "REPAIR: layer by layer",
  reference: repairPaper,
  params: { share, examples: examplesInAll },
  inputs: { network: one(network), ends: many(network), grams: many(gramMatrices), examples: many(examples) },
  outputs: { network },
  onDevice: true,
  run: async (inputs, { share: at, examples: most }, context) => {
    const [a, b] = inputs.ends as readonly [Network, Network]
    requireSameWidths([inputs.network, a, b])
    const grams = inputs.grams.map(gramsByLayer) as [readonly Matrix[], readonly Matrix[]]
    return { network: await repaired(await context.device(), inputs.network, [a, b], grams, at, mixedExamples(inputs.examples, most), lookingOf(context)) }
  },
})

/** A node that looks at each end, and one that mends: another merge of the same ends is mended without looking at them again. */
export const repair = defineExpansion({
  id: "merger/repair",
  module: import.meta.url,
  title: "REPAIR",
  reference: repairPaper,
  params: { share, examples: examplesInAll },
  inputs: { network: lazy(one(network)), ends: lazy(many(network)), examples: lazy(many(examples)) },
  outputs: { network },
  expand: (g, params, _, { network: merged, ends, examples: sets }) => {
    requirePair(ends.length)
    const grams = ends.map((end, i) => g.add(`end/${i}`, jointGrams, { examples: params.examples }, { networks: [end], examples: [...sets] }).grams)
    return g.add("mend", mendSpread, params, { network: merged, ends: [...ends], grams, examples: [...sets] })
  },
})
