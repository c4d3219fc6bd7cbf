/** Texts written in the graph itself, one a language: what samples begin with. */
import * as t from "io-ts"
import { defineKind, structured } from "#src"
import { documents } from "../port/documents.ts"

export const prompts = defineKind({
  id: "dataset/prompts",
  module: import.meta.url,
  title: "Prompts",
  params: {
    texts: structured(t.readonly(t.record(t.string, t.string)), { doc: "Text by language", expected: 'texts by language, as in { "en": "The " }' }),
  },
  inputs: {},
  outputs: { documents },
  cores: 0,
  run: (_, { texts }) => ({
    documents: { documents: Object.entries(texts).map(([locale, text]) => ({ id: `prompt/${locale}`, locale, source: "prompt", text })) },
  }),
})
