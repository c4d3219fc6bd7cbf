/** Text to ids and back with @huggingface/tokenizers. */
import { Tokenizer } from "@huggingface/tokenizers"
import { NodeFailure } from "#src"
import { specialTokens, unknownId } from "./special-tokens.ts"
import { tokenizerCodec, tokensOf, type TokenizerJson } from "./tokenizer-json.ts"

export interface Codec {
  /** Ids of a text, without control tokens. A literal "<s>" in the text is three characters, never a control token. */
  readonly encode: (text: string) => readonly number[]
  /** Control tokens and unknown code points are written by name. */
  readonly decode: (ids: readonly number[]) => string
  /** Code points that each token stands for, by id: 1 for `<unk>`, 0 for the other control tokens. */
  readonly characters: Int32Array
}

export const makeCodec = (json: TokenizerJson): Codec => {
  const config = { clean_up_tokenization_spaces: false }
  // Without added tokens the library has nothing to look for in the text, so no input can forge a control token.
  const tokenizer = new Tokenizer({ ...json, added_tokens: [] }, config)
  const special = new Set<string>(specialTokens)
  const characters = Int32Array.from(tokensOf(json), (token, id) => (id === unknownId ? 1 : special.has(token) ? 0 : [...token].length))
  return {
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode: (ids) => (ids.length === 0 ? "" : tokenizer.decode([...ids])),
    characters,
  }
}

/** The codec of what came in at a `tokenizer` port. Fails when it is not one of ours. */
export const codecOf = (tokenizer: unknown): Codec => {
  if (!tokenizerCodec.is(tokenizer)) throw new NodeFailure("port tokenizer: expected a tokenizer.json with a BPE model, got another one")
  return makeCodec(tokenizer)
}
