/** Documents to tokens with a given tokenizer, as they come. */
import { defineStream, integer, one, stream, tablePort } from "#src"
import { documents as documentsPort } from "../port/documents.ts"
import { tokenizer as tokenizerPort } from "../port/tokenizer.ts"
import { tokens as tokensPort } from "../port/tokens.ts"
import { codecOf } from "./codec.ts"
import { makeCoverage } from "./coverage-table.ts"
import { encodeDocument, tokenLayer, type Encoded } from "./encode-documents.ts"
import { shorten } from "./shorten.ts"

export const encodeText = defineStream({
  id: "tokenizer/encode",
  module: import.meta.url,
  title: "Text to tokens",
  params: {
    limit: integer({ min: 0, max: 1e9, default: 0, doc: "Tokens kept, as many of each language, from the start of every document; 0 for all. What is kept depends on all documents, so none is given before the last one is read" }),
  },
  inputs: { tokenizer: one(tokenizerPort), text: one(stream(documentsPort)) },
  outputs: { tokens: stream(tokensPort), coverage: tablePort },
  run: async function* ({ tokenizer, text }, { limit }, { signal, progress }) {
    const codec = codecOf(tokenizer)
    const layer = tokenLayer(codec.characters)
    const coverage = makeCoverage(codec.characters)
    const lay = (encoded: readonly Encoded[]) => {
      coverage.add(encoded)
      return { tokens: layer(encoded) }
    }
    const waiting: (readonly Encoded[])[] = []
    let done = 0
    for await (const { documents } of text) {
      signal.throwIfAborted()
      const encoded = documents.map((document) => encodeDocument(document, codec))
      progress({ done: (done += documents.length), unit: "documents" })
      if (limit === 0) yield lay(encoded)
      else waiting.push(encoded)
    }
    const kept = shorten(waiting.flat(), limit)
    let from = 0
    for (const { length } of waiting) yield lay(kept.slice(from, (from += length)))
    return { coverage: coverage.table() }
  },
})
