/**
 * The frozen substrate of Growing Transformers: every token drawn in GNU Unifont, principal components of the bitmaps,
 * unit length. It is made before any training and never receives a gradient. Param `kind` swaps in the controls.
 */
import { choice, defineKind, integer, one, picturePort, tablePort, text, type NdArray, type Random } from "#src"
import { substrate as substratePort } from "../port/substrate.ts"
import { tokenizer as tokenizerPort } from "../port/tokenizer.ts"
import { drawVocabulary, tokensOf, type DrawnVocabulary } from "./draw-vocabulary.ts"
import { fontFile, openFont } from "./open-font.ts"
import { codeRows, randomRows, signRows } from "./rows.ts"
import { duplicatesTable, glyphPicture } from "./show-glyphs.ts"

const kinds = ["glyph", "random", "binary", "binary16", "trainable"] as const
type SubstrateKind = (typeof kinds)[number]

/** `trainable` starts as the random control does; the trainer moves it from there. */
const rowsOf = async (kind: SubstrateKind, { bitmaps }: DrawnVocabulary, width: number, random: Random): Promise<NdArray<"f32">> => {
  // Its linear algebra takes longer to load than all else of a graph; who only wires the node does without.
  if (kind === "glyph") return (await import("./glyph-rows.ts")).glyphRows(bitmaps, width)
  if (kind === "binary16") return codeRows(bitmaps.length)
  return (kind === "binary" ? signRows : randomRows)(bitmaps.length, width, random)
}

export const glyphSubstrate = defineKind({
  id: "embedding/glyph-substrate",
  module: import.meta.url,
  title: "Frozen substrate of glyphs",
  reference: "https://arxiv.org/abs/2507.07129",
  params: {
    kind: choice(kinds, {
      default: "glyph",
      doc: "Glyphs, or a control: random unit rows, random bits, the token id in 16 bits (16 columns whatever the width), trainable random rows",
    }),
    width: integer({ min: 1, max: 4096, default: 256, doc: "Columns of the matrix; beyond 256, the pixels of a glyph, they are zero" }),
    font: text({ default: "", doc: "A unifont.hex or Unifont outline file; the npm package @fontsource/unifontex when empty" }),
  },
  inputs: { tokenizer: one(tokenizerPort) },
  outputs: { substrate: substratePort, picture: picturePort, duplicates: tablePort },
  seeded: true,
  files: ({ font }) => [fontFile(font) ?? []].flat(),
  run: async ({ tokenizer }, { kind, width, font }, { random }) => {
    const drawn = drawVocabulary(tokensOf(tokenizer), await openFont(font))
    const matrix = await rowsOf(kind, drawn, width, random)
    return {
      substrate: { meta: { source: kind, trainable: kind === "trainable" }, tensors: { matrix } },
      picture: glyphPicture(drawn),
      duplicates: duplicatesTable(drawn, matrix),
    }
  },
})
