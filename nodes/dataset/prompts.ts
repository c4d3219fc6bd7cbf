/** Texts written in the graph itself, one a language: what samples begin with. */
import * as t from "io-ts"
import { defineStream, stream, structured } from "#src"
import { cutDocuments, documents } from "../port/documents.ts"

export const prompts = defineStream({
  id: "dataset/prompts",
  module: import.meta.url,
  title: "Prompts",
  params: {
    texts: structured(t.readonly(t.record(t.string, t.string)), { doc: "Text by language", expected: 'texts by language, as in { "en": "The " }' }),
  },
  inputs: {},
  outputs: { documents: stream(documents) },
  cores: 0,
  run: async function* (_, { texts }) {
    const all = Object.entries(texts).map(([locale, text]) => ({ id: `prompt/${locale}`, locale, source: "prompt", text }))
    for (const element of cutDocuments(all)) yield { documents: element }
    return {}
  },
})
