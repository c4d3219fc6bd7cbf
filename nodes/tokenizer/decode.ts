/** Generated tokens as text that people can read. */
import { defineKind, must, one, samplePort } from "#src"
import { tokenizer as tokenizerPort } from "../port/tokenizer.ts"
import { idsOf, tokens as tokensPort } from "../port/tokens.ts"
import { codecOf } from "./codec.ts"

export const decodeText = defineKind({
  id: "tokenizer/decode",
  module: import.meta.url,
  title: "Tokens to text",
  params: {},
  inputs: { tokenizer: one(tokenizerPort), prompts: one(tokensPort), tokens: one(tokensPort) },
  outputs: { sample: samplePort },
  cores: 0,
  run: ({ tokenizer, prompts, tokens }) => {
    const { decode } = codecOf(tokenizer)
    const locale = must(prompts.tensors["locale"], "tokens.locale").data
    const samples = prompts.meta.documents.map((_, d) => ({
      locale: prompts.meta.locales[locale[d] as number] ?? "",
      prompt: decode([...idsOf(prompts, d)]),
      text: decode([...idsOf(tokens, d)]),
    }))
    return { sample: { title: "Generated text", samples } }
  },
})
