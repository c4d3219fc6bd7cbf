/** The tokenizer of Growing Transformers: code points and frequent 2- and 3-grams, balanced between languages. */
import { defineKind, integer, NodeFailure, one } from "#src"
import { documents as documentsPort } from "../port/documents.ts"
import { tokenizer as tokenizerPort } from "../port/tokenizer.ts"
import { specialTokens } from "./special-tokens.ts"
import { tokenizerJson } from "./tokenizer-json.ts"
import { buildVocabulary } from "./vocabulary.ts"

export const ngramTokenizer = defineKind({
  id: "tokenizer/ngram",
  module: import.meta.url,
  title: "Code points and frequent n-grams",
  reference: "https://arxiv.org/abs/2507.04886",
  params: {
    size: integer({ min: specialTokens.length + 1, max: 65_536, default: 2048, doc: "Tokens of the vocabulary, control tokens included" }),
    minCount: integer({ min: 1, max: 1e6, default: 2, doc: "A code point must occur so often in the training text to become a token" }),
  },
  inputs: { text: one(documentsPort) },
  outputs: { tokenizer: tokenizerPort },
  run: ({ text: { documents } }, { size, minCount }) => {
    const vocabulary = buildVocabulary(documents, size, minCount)
    if (vocabulary.codePoints === 0) {
      const characters = documents.reduce((sum, { text }) => sum + text.length, 0)
      throw new NodeFailure(`no code point occurs ${minCount} times in the ${characters} characters of port text`, { param: "minCount" })
    }
    return { tokenizer: tokenizerJson(vocabulary) }
  },
})
