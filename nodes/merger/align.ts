/**
 * Networks of different origin made comparable: the hidden units of one put in the order of another's (Git Re-Basin, by weights; or by
 * activations), the two joined with or without a fit (ZipIt!, PLeaS), and the spread of activations mended (REPAIR).
 */
import { choice, defineKind, flag, many, NodeFailure, one, optional, integer, real } from "#src"
import { examples } from "../port/examples.ts"
import { network, type Network } from "../port/network.ts"
import { joined, type Groups } from "./alignment/group.ts"
import { correlations, matchActivations } from "./alignment/match-activations.ts"
import { matchNetworks } from "./alignment/match-weights.ts"
import { permuted } from "./alignment/permute.ts"
import { fittedJoin, partialGroups } from "./alignment/pleas.ts"
import { repaired } from "./alignment/repair.ts"
import { zipGroups } from "./alignment/zip-groups.ts"
import { inputGrams, lookingOf } from "./with-data/activations.ts"
import { mixedExamples } from "./with-data/first-examples.ts"

const requireSameWidths = (a: Network, b: Network): void => {
  const [of, other] = [a, b].map(({ meta }) => meta.widths.join(" x "))
  if (of !== other) throw new NodeFailure(`the networks have different widths: ${of} and ${other}`)
}

const pairOf = (networks: readonly Network[]): readonly [Network, Network] => {
  const [a, b] = networks
  if (a === undefined || b === undefined || networks.length !== 2) throw new NodeFailure(`two networks are joined, got ${networks.length}`)
  requireSameWidths(a, b)
  return [a, b]
}

const count = integer({ min: 1, max: 1_000_000, default: 1024, doc: "Examples to look at, in all; labels are not used" })

export const alignUnits = defineKind({
  id: "merger/align",
  module: import.meta.url,
  title: "Order hidden units as in another network",
  reference: "https://arxiv.org/abs/2209.04836",
  params: { by: choice(["weights", "activations"], { default: "weights", doc: "What is compared" }), examples: count },
  inputs: { network: one(network), reference: one(network), examples: optional(examples) },
  outputs: { network },
  seeded: true,
  onDevice: true,
  run: async (inputs, { by, examples: most }, context) => {
    requireSameWidths(inputs.network, inputs.reference)
    if (by === "weights") return { network: permuted(inputs.network, matchNetworks(inputs.reference, inputs.network, context.random)) }
    if (inputs.examples === undefined) throw new NodeFailure("matching by activations needs examples", { param: "by" })
    const grams = await inputGrams(await context.device(), [inputs.reference, inputs.network], mixedExamples([inputs.examples], most), lookingOf(context))
    return { network: permuted(inputs.network, matchActivations(grams).orders) }
  },
})

export const mergePleas = defineKind({
  id: "merger/pleas",
  module: import.meta.url,
  title: "PLeaS",
  reference: "https://arxiv.org/abs/2407.02447",
  params: {
    separate: real({ min: 0, max: 1, default: 0, doc: "Share of matched units, the least alike, that stay two: 0 for a network of the same width, 1 for twice the width" }),
    fit: flag({ default: true, doc: "Fit each map by least squares; without, units are only averaged" }),
    ridge: real({ min: 0, max: 1, default: 1e-4, step: 1e-5, doc: "Pull to the averaged map, as a share of the inputs' mean square" }),
    examples: count,
  },
  inputs: { networks: many(network), examples: many(examples) },
  outputs: { network },
  onDevice: true,
  run: async (inputs, { separate, fit, ridge, examples: most }, context) => {
    const [a, b] = pairOf(inputs.networks)
    const grams = await inputGrams(await context.device(), [a, b], mixedExamples(inputs.examples, most), lookingOf(context))
    const groups = partialGroups(matchActivations(grams), separate)
    return { network: fit ? fittedJoin(a, b, groups, grams, ridge) : joined(a, b, groups) }
  },
})

export const mergeZip = defineKind({
  id: "merger/zip",
  module: import.meta.url,
  title: "ZipIt!",
  reference: "https://arxiv.org/abs/2305.03053",
  params: {
    ratio: real({ min: 0, max: 1, default: 0.5, doc: "Share of the two networks' units that is merged away: 0.5 for one network's width" }),
    alpha: real({ min: 0, max: 1, default: 0.3, doc: "Similarity of a merged unit: the least of its members' times this" }),
    beta: real({ min: 0, max: 1, default: 0.125, doc: "Share of each network's merges, half of all, that may be within it" }),
    examples: count,
  },
  inputs: { networks: many(network), examples: many(examples) },
  outputs: { network },
  onDevice: true,
  run: async (inputs, { ratio, alpha, beta, examples: most }, context) => {
    const [a, b] = pairOf(inputs.networks)
    const grams = await inputGrams(await context.device(), [a, b], mixedExamples(inputs.examples, most), lookingOf(context))
    const groups = grams.slice(1).map((gram): Groups => {
      const n = gram.columns - 1
      return zipGroups(correlations(gram), n, { keep: Math.max(1, Math.round((1 - ratio) * n)), alpha, beta })
    })
    return { network: joined(a, b, groups) }
  },
})

export const repair = defineKind({
  id: "merger/repair",
  module: import.meta.url,
  title: "REPAIR",
  reference: "https://arxiv.org/abs/2211.08403",
  params: { share: real({ min: 0, max: 1, default: 0.5, doc: "Where the merged network lies between the first (0) and the second (1)" }), examples: count },
  inputs: { network: one(network), ends: many(network), examples: many(examples) },
  outputs: { network },
  onDevice: true,
  run: async (inputs, { share, examples: most }, context) => {
    const ends = pairOf(inputs.ends)
    requireSameWidths(inputs.network, ends[0])
    return { network: await repaired(await context.device(), inputs.network, ends, share, mixedExamples(inputs.examples, most), lookingOf(context)) }
  },
})
