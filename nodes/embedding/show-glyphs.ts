/** What a person is shown of a substrate: how some tokens are drawn, and which tokens cannot be told apart. */
import { ndarray, type NdArray, type Picture, type Table } from "#src"
import type { DrawnVocabulary } from "./draw-vocabulary.ts"
import { side } from "./glyph.ts"
import { equalRows } from "./rows.ts"

/** Images in the picture: enough to see every kind of token, few enough for a report. */
const shown = 120

/** A token as a caption: white space made visible. */
const caption = (token: string): string => token.replaceAll(" ", "␣").replaceAll("\n", "↵").replaceAll("\t", "⇥")

/** Tokens spread evenly over the vocabulary, black on white: `pixels` u8 [n, 16, 16]. */
export const glyphPicture = ({ tokens, bitmaps }: DrawnVocabulary): Picture => {
  const count = Math.min(shown, tokens.length)
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * tokens.length) / count))
  const pixels = Uint8Array.from(chosen.flatMap((id) => [...(bitmaps[id] ?? [])].map((ink) => (ink === 1 ? 0 : 255))))
  return {
    meta: { title: "Tokens as the substrate sees them", captions: chosen.map((id) => caption(tokens[id] ?? "")) },
    tensors: { pixels: ndarray("u8", [count, side, side], pixels) },
  }
}

/** A summary row, then one row for each group of tokens whose rows of the matrix are equal in every bit. */
export const duplicatesTable = ({ tokens, missing }: DrawnVocabulary, matrix: NdArray): Table => {
  const groups = equalRows(matrix)
  const affected = groups.reduce((sum, group) => sum + group.length, 0)
  return {
    title: "Tokens with the same embedding",
    columns: ["tokens", "count"],
    rows: [
      ["all tokens", tokens.length],
      ["tokens that share a row with another", affected],
      ["code points the font lacks, drawn as their number", missing.length],
      ...groups.map((group) => [group.map((id) => caption(tokens[id] ?? "")).join("  "), group.length]),
    ],
  }
}
