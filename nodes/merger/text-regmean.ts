/** RegMean and RegMean++ of language models as nodes (`with-data/regmean.ts`). */
import { counted, defineExpansion, defineKind, lazy, many, must, NodeFailure, one } from "#src"
import { model } from "../port/model.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { gramMatrices } from "./gram-matrices.ts"
import { mergedMeta } from "./merged-meta.ts"
import { joinParts, meanOfParts, modelPart, partOfModel } from "./model-parts.ts"
import { regmeanParams, sharesOf, solved } from "./regmean-params.ts"
import { gramsOfModelPart, seeBlock, seeText } from "./residuals.ts"
import { gramsOfModel, layOutText, localesOfEach, textLayout, windowsOfEach } from "./text-grams.ts"
import { wantedOfModel } from "./regmean-wanted.ts"
import { range } from "./with-data/activations.ts"

const values = regmeanParams(0.6)
const params = { ...values, locales: localesOfEach, windows: windowsOfEach }

const lazyInputs = { models: lazy(many(model)), substrate: lazy(one(substrate)), tokens: lazy(one(tokens)) }

const requireLists = (locales: readonly (readonly string[])[], models: number): void => {
  if (locales.length > 0 && locales.length !== models) throw new NodeFailure(`locales has ${counted(locales.length, "list")} for ${counted(models, "model")}`, { param: "locales" })
}

/** RegMean of what is known of each model: a coefficient that moves looks at no text. */
export const solveModelsRegmean = defineKind({
  id: "merger/regmean-solve-models",
  module: import.meta.url,
  title: "RegMean: least squares",
  reference: "https://arxiv.org/abs/2212.09849",
  params: values,
  inputs: { models: many(model), grams: many(gramMatrices), wanted: many(gramMatrices) },
  outputs: { model },
  run: ({ models, grams, wanted }, given) => ({ model: { meta: mergedMeta(models), tensors: solved(models, grams, given, wanted) } }),
})

/** A node that says what the models have in common, for each model one for what its text says and one for what it wants, and one that solves: another model, or a coefficient, has nothing else looked at or multiplied again. SPEC M6. */
export const mergeModelsRegmean = defineExpansion({
  id: "merger/regmean-models",
  module: import.meta.url,
  title: "RegMean",
  reference: "https://arxiv.org/abs/2212.09849",
  params,
  inputs: lazyInputs,
  outputs: { model },
  expand: (g, { locales, windows, ...given }, _, { models, ...text }) => {
    requireLists(locales, models.length)
    sharesOf(given.weight, models.length)
    const { layout } = g.add("layout", layOutText, { locales }, { models: [...models], ...text })
    const grams = models.map((of, i) => g.add(`grams/${i}`, gramsOfModel, { locales: locales[i] ?? [], windows }, { layout, model: of, ...text }).grams)
    const wanted = models.map((of, i) => g.add(`wanted/${i}`, wantedOfModel, { alpha: given.alpha }, { of, grams: must(grams[i], "grams") }).wanted)
    return g.add("solve", solveModelsRegmean, given, { models: [...models], grams, wanted })
  },
})

/** RegMean of a part of each model. */
export const solvePartsRegmean = defineKind({
  id: "merger/regmean-solve-parts",
  module: import.meta.url,
  title: "RegMean: least squares",
  reference: "https://arxiv.org/abs/2212.09849",
  params: values,
  inputs: { parts: many(modelPart), grams: many(gramMatrices) },
  outputs: { part: modelPart },
  run: ({ parts, grams }, given) => ({ part: { meta: must(parts[0], "part").meta, tensors: solved(parts, grams, given) } }),
})

export const regmeanPlusBlocks = defineExpansion({
  id: "merger/regmean-plus-blocks",
  module: import.meta.url,
  title: "RegMean++, block by block",
  params,
  inputs: { layout: one(textLayout), ...lazyInputs },
  outputs: { model },
  expand: (g, { locales, windows, ...given }, { layout: { blocks, trainsSubstrate } }, { layout, models, ...text }) => {
    const own = (part: string) => models.map((of, i) => g.add(`own/${part}/${i}`, partOfModel, { part }, { model: of }).part)
    const below = trainsSubstrate ? [g.add("merged/below", meanOfParts, { weight: given.weight }, { parts: own("below") }).part] : []
    let seen = models.map((_, i) => g.add(`seen/0/${i}`, seeText, { locales: locales[i] ?? [], windows }, { layout, ...text, ...(below[0] === undefined ? {} : { below: below[0] }) }).residuals)
    const solved = (part: string) => {
      const parts = own(part)
      const grams = parts.map((of, i) => g.add(`grams/${part}/${i}`, gramsOfModelPart, {}, { residuals: must(seen[i], "residuals"), part: of }).grams)
      return g.add(`merged/${part}`, solvePartsRegmean, given, { parts, grams }).part
    }
    const merged = range(0, blocks).map((b) => {
      const block = solved(`block/${b}`)
      seen = seen.map((from, i) => g.add(`seen/${b + 1}/${i}`, seeBlock, {}, { residuals: from, block }).residuals)
      return block
    })
    return g.add("model", joinParts, {}, { models: [...models], parts: [...below, ...merged, solved("above")] })
  },
})

/**
 * Up the blocks: what goes into a block comes from the blocks merged so far, what goes into the maps inside it from the model's own block on
 * that, as the authors have it. A node solves a block, and for each model one takes its Gram matrices and one sends its text through what was
 * merged. Models that differ only from a block on have nothing below looked at again, and in that block only theirs; a coefficient that moves has
 * all but the first block's Gram matrices. SPEC M6.
 */
export const mergeModelsRegmeanPlus = defineExpansion({
  id: "merger/regmean-plus-models",
  module: import.meta.url,
  title: "RegMean++",
  reference: "https://arxiv.org/abs/2508.03121",
  params,
  inputs: lazyInputs,
  outputs: { model },
  expand: (g, given, _, { models, ...text }) => {
    requireLists(given.locales, models.length)
    sharesOf(given.weight, models.length)
    const { layout } = g.add("layout", layOutText, { locales: given.locales }, { models: [...models], ...text })
    return g.add("blocks", regmeanPlusBlocks, given, { layout, models: [...models], ...text })
  },
})
