/** Generated tokens as text that people can read. */
import { defineKind, must, NodeFailure, one, samplePort } from "#src"
import { tokenizer as tokenizerPort } from "../port/tokenizer.ts"
import { tokens as tokensPort, type Tokens } from "../port/tokens.ts"
import { makeCodec } from "./codec.ts"
import { tokenizerCodec } from "./tokenizer-json.ts"

const idsOf = ({ tensors }: Tokens, document: number): readonly number[] => {
  const starts = must(tensors["starts"], "tokens.starts").data
  return [...must(tensors["ids"], "tokens.ids").data.subarray(starts[document], starts[document + 1])]
}

export const decodeText = defineKind({
  id: "tokenizer/decode",
  module: import.meta.url,
  title: "Tokens to text",
  params: {},
  inputs: { tokenizer: one(tokenizerPort), prompts: one(tokensPort), tokens: one(tokensPort) },
  outputs: { sample: samplePort },
  cores: 0,
  run: ({ tokenizer, prompts, tokens }) => {
    if (!tokenizerCodec.is(tokenizer)) throw new NodeFailure("port tokenizer: expected a tokenizer.json with a BPE model, got another one")
    const { decode } = makeCodec(tokenizer)
    const locale = must(prompts.tensors["locale"], "tokens.locale").data
    const samples = prompts.meta.documents.map((_, d) => ({
      locale: prompts.meta.locales[locale[d] as number] ?? "",
      prompt: decode(idsOf(prompts, d)),
      text: decode(idsOf(tokens, d)),
    }))
    return { sample: { title: "Generated text", samples } }
  },
})
