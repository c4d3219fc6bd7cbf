/** RegMean and RegMean++ of language models as nodes (`with-data/text-regmean.ts`). */
import { counted, defineExpansion, defineKind, lazy, many, NodeFailure, one, type RunContext } from "#src"
import { requireFit, requireVocabulary } from "../port/fit.ts"
import { model, type Model } from "../port/model.ts"
import { substrate, type Substrate } from "../port/substrate.ts"
import { tokens, type Tokens } from "../port/tokens.ts"
import { gramMatrices, matricesOf } from "./gram-matrices.ts"
import { mergedMeta } from "./merged-meta.ts"
import { regmeanParams, sharesOf } from "./regmean.ts"
import { requireAlike } from "./require-alike.ts"
import { gramsOfModel, layOutText, localesOfEach, windowsOfEach } from "./text-grams.ts"
import { regmeanTensors } from "./with-data/regmean.ts"
import { textRegmeanPlus } from "./with-data/text-regmean.ts"
import { spreadWindows } from "./with-data/text-windows.ts"

const values = regmeanParams(0.6)
const params = { ...values, locales: localesOfEach, windows: windowsOfEach }

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
  inputs: { models: many(model), grams: many(gramMatrices) },
  outputs: { model },
  run: ({ models, grams }, { weight, alpha, ridge }) => {
    const options = { alpha, ridge, weights: sharesOf(weight, models.length) }
    return { model: { meta: mergedMeta(models), tensors: regmeanTensors(models.map(({ tensors }) => tensors), grams.map(matricesOf), options) } }
  },
})

/** A node that says what the models have in common, one for what each model's text says, and one that solves: another model, or a coefficient, has nothing else looked at again. SPEC M6. */
export const mergeModelsRegmean = defineExpansion({
  id: "merger/regmean-models",
  module: import.meta.url,
  title: "RegMean",
  reference: "https://arxiv.org/abs/2212.09849",
  params,
  inputs: { models: lazy(many(model)), substrate: lazy(one(substrate)), tokens: lazy(one(tokens)) },
  outputs: { model },
  expand: (g, { locales, windows, ...given }, _, { models, ...text }) => {
    requireLists(locales, models.length)
    sharesOf(given.weight, models.length)
    const { layout } = g.add("layout", layOutText, { locales }, { models: [...models], ...text })
    const grams = models.map((of, i) => g.add(`grams/${i}`, gramsOfModel, { locales: locales[i] ?? [], windows }, { layout, model: of, ...text }).grams)
    return g.add("solve", solveModelsRegmean, given, { models: [...models], grams })
  },
})

interface Inputs {
  readonly models: readonly Model[]
  readonly substrate: Substrate
  readonly tokens: Tokens
}

export const mergeModelsRegmeanPlus = defineKind({
  id: "merger/regmean-plus-models",
  module: import.meta.url,
  title: "RegMean++",
  reference: "https://arxiv.org/abs/2508.03121",
  params,
  inputs: { models: many(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { model },
  onDevice: true,
  run: async (inputs: Inputs, { alpha, ridge, weight, locales, windows }, context: RunContext) => {
    const { models } = inputs
    const first = requireAlike(models)
    requireFit(first, inputs.substrate)
    requireVocabulary(first, inputs.tokens)
    requireLists(locales, models.length)
    const meta = mergedMeta(models)
    const seen = models.map((_, i) => spreadWindows(inputs.tokens, meta.context, locales[i] ?? [], windows))
    const tensors = await textRegmeanPlus(await context.device(), models.map((of) => ({ ...of, meta: { ...of.meta, context: meta.context } })), inputs.substrate, seen, { alpha, ridge, weights: sharesOf(weight, models.length), looked: () => context.signal.throwIfAborted() })
    return { model: { meta, tensors } }
  },
})
