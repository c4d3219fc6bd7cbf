/** RegMean and RegMean++ as nodes (`with-data/regmean.ts`). */
import { counted, defineExpansion, defineKind, lazy, many, must, NodeFailure, one } from "#src"
import { examples } from "../port/examples.ts"
import { layersOf, network } from "../port/network.ts"
import { gramMatrices } from "./gram-matrices.ts"
import { examplesOfEach, gramsOfLayers, seeExamples, seeLayer } from "./layer-grams.ts"
import { layOutNetworks, networkLayer, networkLayout, requireSame, stackLayers } from "./network-layers.ts"
import { regmeanParams, sharesOf, solved } from "./regmean-params.ts"
import { wantedOfNetwork } from "./regmean-wanted.ts"
import { range } from "./with-data/activations.ts"

const values = regmeanParams(0.95)
const params = { ...values, examples: examplesOfEach }

const requireEach = (models: number, sets: number): void => {
  if (models !== sets) throw new NodeFailure(`${counted(models, "model")} and ${counted(sets, "set")} of examples came in; each model needs its own`)
}

/** RegMean of what is known of each model: a coefficient that moves looks at no data. */
export const solveRegmean = defineKind({
  id: "merger/regmean-solve",
  module: import.meta.url,
  title: "RegMean: least squares",
  reference: "https://arxiv.org/abs/2212.09849",
  params: values,
  inputs: { models: many(network), grams: many(gramMatrices) },
  outputs: { network },
  run: ({ models, grams }, given) => {
    requireSame(models)
    return { network: { meta: must(models[0], "model").meta, tensors: solved(models, grams, given) } }
  },
})

/** The same of what each model wants of the maps, too. */
export const solveWanted = defineKind({
  id: "merger/regmean-solve-wanted",
  module: import.meta.url,
  title: "RegMean: least squares",
  reference: "https://arxiv.org/abs/2212.09849",
  params: values,
  inputs: { models: many(network), grams: many(gramMatrices), wanted: many(gramMatrices) },
  outputs: { network },
  run: ({ models, grams, wanted }, given) => {
    requireSame(models)
    return { network: { meta: must(models[0], "model").meta, tensors: solved(models, grams, given, wanted) } }
  },
})

/** Nodes for what each model's data says and what it wants, and one that solves: another model, or a coefficient, has nothing else looked at or multiplied again. SPEC M6. */
export const mergeRegmean = defineExpansion({
  id: "merger/regmean",
  module: import.meta.url,
  title: "RegMean",
  reference: "https://arxiv.org/abs/2212.09849",
  params,
  inputs: { models: lazy(many(network)), examples: lazy(many(examples)) },
  outputs: { network },
  expand: (g, { examples: count, ...given }, _, { models, examples: sets }) => {
    requireEach(models.length, sets.length)
    sharesOf(given.weight, models.length)
    const grams = models.map((of, i) => g.add(`grams/${i}`, gramsOfLayers, { examples: count }, { network: of, examples: must(sets[i], "examples") }).grams)
    const wanted = models.map((of, i) => g.add(`wanted/${i}`, wantedOfNetwork, { alpha: given.alpha }, { of, grams: must(grams[i], "grams") }).wanted)
    return g.add("solve", solveWanted, given, { models: [...models], grams, wanted })
  },
})

export const regmeanPlusLayers = defineExpansion({
  id: "merger/regmean-plus-layers",
  module: import.meta.url,
  title: "RegMean++, layer by layer",
  params,
  inputs: { layout: one(networkLayout), models: lazy(many(network)), examples: lazy(many(examples)) },
  outputs: { network },
  expand: (g, { examples: count, ...given }, { layout }, { models, examples: sets, layout: layoutWire }) => {
    let seen = sets.map((of, i) => g.add(`seen/0/${i}`, seeExamples, { examples: count }, { layout: layoutWire, examples: of }))
    const layers = range(0, layersOf(layout.widths)).map((l) => {
      const own = models.map((of, i) => g.add(`own/${l}/${i}`, networkLayer, { layer: l }, { network: of }).layer)
      const { network: layer } = g.add(`merged/${l}`, solveRegmean, given, { models: own, grams: seen.map(({ grams }) => grams) })
      if (l + 1 < layersOf(layout.widths)) seen = seen.map(({ activations: from }, i) => g.add(`seen/${l + 1}/${i}`, seeLayer, {}, { activations: from, layer }))
      return layer
    })
    return g.add("network", stackLayers, {}, { layers })
  },
})

/**
 * Up the layers: a node that solves one, and one for each model that sends its data through what was merged and gives what goes into the next.
 * Networks that differ only from layer l on have nothing below looked at again; a coefficient that moves has all but the first layer's inputs.
 * SPEC M6.
 */
export const mergeRegmeanPlus = defineExpansion({
  id: "merger/regmean-plus",
  module: import.meta.url,
  title: "RegMean++",
  reference: "https://arxiv.org/abs/2508.03121",
  params,
  inputs: { models: lazy(many(network)), examples: lazy(many(examples)) },
  outputs: { network },
  expand: (g, given, _, { models, examples: sets }) => {
    requireEach(models.length, sets.length)
    sharesOf(given.weight, models.length)
    const { layout } = g.add("layout", layOutNetworks, {}, { models: [...models] })
    return g.add("layers", regmeanPlusLayers, given, { layout, models: [...models], examples: [...sets] })
  },
})
