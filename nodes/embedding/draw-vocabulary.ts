/** The tokens of a tokenizer as bitmaps, by id. */
import { NodeFailure } from "#src"
import type { TokenizerJson } from "../port/tokenizer.ts"
import type { GlyphFont } from "./glyph.ts"
import { drawToken, type Bitmap } from "./token-bitmap.ts"

export interface DrawnVocabulary {
  readonly tokens: readonly string[]
  readonly bitmaps: readonly Bitmap[]
  /** Code points without a glyph, each once, ascending. */
  readonly missing: readonly number[]
}

/** Token strings by id, out of a `tokenizer.json` with a `model.vocab` record. */
export const tokensOf = (tokenizer: TokenizerJson): readonly string[] => {
  const vocab = (tokenizer["model"] as { readonly vocab?: Readonly<Record<string, number>> } | undefined)?.vocab
  if (vocab === undefined) throw new NodeFailure("port tokenizer: expected a tokenizer.json with model.vocab, got another object")
  return Object.entries(vocab).sort(([, a], [, b]) => a - b).map(([token]) => token)
}

export const drawVocabulary = (tokens: readonly string[], font: GlyphFont): DrawnVocabulary => {
  const drawn = tokens.map((token) => drawToken(token, font))
  const missing = [...new Set(drawn.flatMap((token) => token.missing))].sort((a, b) => a - b)
  return { tokens, bitmaps: drawn.map(({ bitmap }) => bitmap), missing }
}
