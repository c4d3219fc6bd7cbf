/** Fisher merging of language models: the information of each on text of its own (`with-data/text-fisher.ts`), and the average by it. */
import { choice, defineKind, integer, one, words } from "#src"
import { requireFit, requireVocabulary } from "../port/fit.ts"
import { model, modelImportance } from "../port/model.ts"
import { substrate } from "../port/substrate.ts"
import { tokens } from "../port/tokens.ts"
import { fisher } from "./data-free/fisher.ts"
import { languageModels, weighedMergeKind } from "./merge-kind.ts"
import { nextTokens, textFisher } from "./with-data/text-fisher.ts"
import { spreadWindows } from "./with-data/text-windows.ts"

export const modelFisherInformation = defineKind({
  id: "merger/fisher-information-models",
  module: import.meta.url,
  title: "Fisher information of a language model",
  reference: "https://arxiv.org/abs/2111.09832",
  params: {
    rule: choice(nextTokens, { default: "sampled", doc: "Tokens drawn from the model, as the definition has it, or those of the text" }),
    locales: words({ default: [], doc: "Languages to look at; none means all of the text" }),
    windows: integer({ min: 1, max: 1_000_000, default: 256, doc: "Windows of the model's context to take the mean over" }),
  },
  inputs: { model: one(model), substrate: one(substrate), tokens: one(tokens) },
  outputs: { importance: modelImportance },
  seeded: true,
  onDevice: true,
  run: async (inputs, { rule, locales, windows }, context) => {
    requireFit(inputs.model, inputs.substrate)
    requireVocabulary(inputs.model, inputs.tokens)
    const seen = spreadWindows(inputs.tokens, inputs.model.meta.context, locales, windows)
    const looked = (done: number): void => {
      context.signal.throwIfAborted()
      context.progress({ done, total: seen.length, unit: "windows" })
    }
    const tensors = await textFisher(await context.device(), inputs.model, inputs.substrate, seen, { rule, random: context.random, looked })
    return { importance: { meta: inputs.model.meta, tensors } }
  },
})

export const mergeModelsFisher = weighedMergeKind(import.meta.url, fisher, languageModels)
