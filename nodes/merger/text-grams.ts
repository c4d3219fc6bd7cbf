/**
 * What RegMean looks at of one language model, as a node: whatever else of a merge changes, its text is not looked at again. A node before it says
 * how all models' text is looked at, which another model of the same layout leaves as it is; it finds what does not fit, too. SPEC M6.
 */
import { defineKind, integer, jsonPort, many, one, structured, words, type RunContext } from "#src"
import * as t from "io-ts"
import { requireFit, requireVocabulary } from "../port/fit.ts"
import { model } from "../port/model.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { asGramMatrices, gramMatrices } from "./gram-matrices.ts"
import { mergedMeta } from "./merged-meta.ts"
import { requireAlike } from "./require-alike.ts"
import { gramsOf } from "./with-data/text-grams.ts"
import { spreadWindows } from "./with-data/text-windows.ts"

/** What nodes that look at text must know of all models before they do. */
export const textLayout = jsonPort("text-layout", t.readonly(t.type({ context: t.number, width: t.number, blocks: t.number, trainsSubstrate: t.boolean })))

export const localesOfEach = structured(t.readonlyArray(t.readonlyArray(t.string)), { default: [], doc: "Languages that each model is looked at on; all of the text for all if empty", expected: "a list of lists of languages" })
export const windowsOfEach = integer({ min: 1, max: 1_000_000, default: 256, doc: "Windows of the models' context for each model" })

/** Before some windows of a node that looks at `total`: it goes on only if somebody wants it. */
export const watched = (context: Pick<RunContext, "signal" | "progress">, total: number) => (done: number): void => {
  context.signal.throwIfAborted()
  context.progress({ done, total, unit: "windows" })
}

export const layOutText = defineKind({
  id: "merger/text-layout",
  module: import.meta.url,
  title: "Whether models and text belong together",
  params: { locales: localesOfEach },
  inputs: { models: many(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { layout: textLayout },
  run: ({ models, ...given }, { locales }) => {
    const first = requireAlike(models)
    requireFit(first, given.substrate)
    requireVocabulary(first, given.tokens)
    const { context } = mergedMeta(models)
    for (const own of [[], ...locales]) spreadWindows(given.tokens, context, own, 1)
    return { layout: { context, width: first.meta.width, blocks: first.meta.blocks, trainsSubstrate: "substrate" in first.tensors } }
  },
})

export const gramsOfModel = defineKind({
  id: "merger/model-grams",
  module: import.meta.url,
  title: "Inner products of what goes into each linear map",
  reference: "https://arxiv.org/abs/2212.09849",
  params: { locales: words({ default: [], doc: "Languages to look at; none means all of the text" }), windows: windowsOfEach },
  inputs: { layout: one(textLayout), model: one(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { grams: gramMatrices },
  onDevice: true,
  run: async ({ layout, model: of, ...given }, { locales, windows }, context) => {
    const seen = spreadWindows(given.tokens, layout.context, locales, windows)
    return { grams: asGramMatrices(await gramsOf(await context.device(), { ...of, meta: { ...of.meta, context: layout.context } }, given.substrate, seen, watched(context, seen.length))) }
  },
})
