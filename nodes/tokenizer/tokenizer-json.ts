/**
 * A vocabulary as a standard `tokenizer.json`: a BPE model that any Hugging Face tokenizer library loads. Merges are
 * generated for every way to cut an n-gram into two tokens, in the order of ids. Runs of letters are split off first
 * (`\p{L}+`): no n-gram reaches over their ends, so this changes no id and lets words be cached.
 */
import * as t from "io-ts"
import { specialTokens } from "./special-tokens.ts"
import { splitsOf, type Vocabulary } from "./vocabulary.ts"

/** Tells whether a JSON value is such a file: the members that this family reads. Token ids are 0 to size - 1. */
export const tokenizerCodec = t.readonly(
  t.type({
    added_tokens: t.readonlyArray(t.readonly(t.type({ id: t.number, content: t.string }))),
    model: t.readonly(
      t.type({
        type: t.literal("BPE"),
        unk_token: t.string,
        vocab: t.readonly(t.record(t.string, t.number)),
        merges: t.readonlyArray(t.readonly(t.tuple([t.string, t.string]))),
      }),
    ),
  }),
)
export type TokenizerJson = t.TypeOf<typeof tokenizerCodec>

/** The file for a vocabulary. Decoding joins tokens without anything between them. */
export const tokenizerJson = ({ tokens }: Vocabulary) => {
  const ids = new Map(tokens.map((token, id) => [token, id]))
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false,
    })),
    normalizer: null,
    pre_tokenizer: { type: "Split", pattern: { Regex: "\\p{L}+" }, behavior: "Isolated", invert: false },
    post_processor: null,
    decoder: { type: "Fuse" },
    model: {
      type: "BPE" as const,
      dropout: null,
      unk_token: "<unk>",
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(ids),
      merges: tokens.slice(specialTokens.length).flatMap((token) => splitsOf(token, ids)),
    },
  }
}

/** Tokens by id. */
export const tokensOf = ({ model }: TokenizerJson): readonly string[] =>
  Object.entries(model.vocab).sort(([, a], [, b]) => a - b).map(([token]) => token)
