/** RegMean and RegMean++ of language models as nodes (`with-data/text-regmean.ts`). */
import { defineKind, integer, many, NodeFailure, one, structured, type RunContext } from "#src"
import * as t from "io-ts"
import { requireFit, requireVocabulary } from "../port/fit.ts"
import { model, type Model } from "../port/model.ts"
import { substrate, type Substrate } from "../port/substrate.ts"
import { tokens, type Tokens } from "../port/tokens.ts"
import { mergedMeta } from "./merged-meta.ts"
import { regmeanParams, sharesOf } from "./regmean.ts"
import { requireAlike } from "./require-alike.ts"
import { textRegmean } from "./with-data/text-regmean.ts"
import { spreadWindows } from "./with-data/text-windows.ts"

const params = {
  ...regmeanParams(0.6),
  locales: structured(t.readonlyArray(t.readonlyArray(t.string)), { default: [], doc: "Languages that each model is looked at on; all of the text for all if empty", expected: "a list of lists of languages" }),
  windows: integer({ min: 1, max: 1_000_000, default: 256, doc: "Windows of the models' context for each model" }),
}
interface Values {
  readonly alpha: number
  readonly ridge: number
  readonly weight: readonly number[]
  readonly locales: readonly (readonly string[])[]
  readonly windows: number
}
interface Inputs {
  readonly models: readonly Model[]
  readonly substrate: Substrate
  readonly tokens: Tokens
}

const run = (propagate: boolean) => async (inputs: Inputs, { alpha, ridge, weight, locales, windows }: Values, context: RunContext) => {
  const { models } = inputs
  const first = requireAlike(models)
  requireFit(first, inputs.substrate)
  requireVocabulary(first, inputs.tokens)
  if (locales.length > 0 && locales.length !== models.length) throw new NodeFailure(`locales has ${locales.length} lists for ${models.length} models`, { param: "locales" })
  const meta = mergedMeta(models)
  const seen = models.map((_, i) => spreadWindows(inputs.tokens, meta.context, locales[i] ?? [], windows))
  const tensors = await textRegmean(await context.device(), models.map((of) => ({ ...of, meta: { ...of.meta, context: meta.context } })), inputs.substrate, seen, { alpha, ridge, weights: sharesOf(weight, models.length), propagate, looked: () => context.signal.throwIfAborted() })
  return { model: { meta, tensors } }
}

const parts = { module: import.meta.url, params, inputs: { models: many(model), substrate: one(substrate), tokens: one(tokens) }, outputs: { model }, onDevice: true } as const

export const mergeModelsRegmean = defineKind({ ...parts, id: "merger/regmean-models", title: "RegMean", reference: "https://arxiv.org/abs/2212.09849", run: run(false) })
export const mergeModelsRegmeanPlus = defineKind({ ...parts, id: "merger/regmean-plus-models", title: "RegMean++", reference: "https://arxiv.org/abs/2508.03121", run: run(true) })
