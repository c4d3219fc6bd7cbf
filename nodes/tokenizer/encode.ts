/** Documents to a stream of tokens with a given tokenizer. */
import { defineKind, integer, one, tablePort } from "#src"
import { setImmediate as breathe } from "node:timers/promises"
import { documents as documentsPort } from "../port/documents.ts"
import { tokenizer as tokenizerPort } from "../port/tokenizer.ts"
import { tokens as tokensPort } from "../port/tokens.ts"
import { codecOf } from "./codec.ts"
import { coverageTable } from "./coverage-table.ts"
import { encodeDocument, layTokens, type Encoded } from "./encode-documents.ts"
import { shorten } from "./shorten.ts"

/** Documents between two looks at the abort signal. */
const chunk = 64

export const encodeText = defineKind({
  id: "tokenizer/encode",
  module: import.meta.url,
  title: "Text to tokens",
  params: {
    limit: integer({ min: 0, max: 1e9, default: 0, doc: "Tokens kept, as many of each language, from the start of every document; 0 for all" }),
  },
  inputs: { tokenizer: one(tokenizerPort), text: one(documentsPort) },
  outputs: { tokens: tokensPort, coverage: tablePort },
  run: async ({ tokenizer, text: { documents } }, { limit }, { signal, progress }) => {
    const codec = codecOf(tokenizer)
    const encoded: Encoded[] = []
    for (let from = 0; from < documents.length; from += chunk) {
      signal.throwIfAborted()
      encoded.push(...documents.slice(from, from + chunk).map((document) => encodeDocument(document, codec)))
      progress({ done: encoded.length, total: documents.length, unit: "documents" })
      await breathe()
    }
    const kept = shorten(encoded, limit)
    return { tokens: layTokens(kept, codec.characters), coverage: coverageTable(kept, codec.characters) }
  },
})
