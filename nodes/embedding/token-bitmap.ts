/**
 * A token drawn in one 16 x 16 cell: the glyphs of its characters side by side, squeezed to 16 columns when they are
 * wider, centred when they are narrower. Glyphs keep their own width (the paper gives each character a square cell):
 * at 16 pixels a squeeze of square cells would drop every second stroke of a Latin pair, and make different tokens equal.
 */
import { isInk, side, type Glyph, type GlyphFont } from "./glyph.ts"
import { missingGlyph } from "./missing-glyph.ts"

/** 256 pixels, row by row from the top left, 1 is ink. */
export type Bitmap = Uint8Array

/** The pixels that are ink, ascending. */
export const inkOf = (bitmap: Bitmap): readonly number[] => [...bitmap.keys()].filter((pixel) => bitmap[pixel] === 1)

export interface DrawnToken {
  readonly bitmap: Bitmap
  /** Code points the font has no glyph for; their number is drawn instead. */
  readonly missing: readonly number[]
}

/**
 * Nearest neighbour: of a strip w > 16 pixels wide, column c shows strip column floor((c + 1/2) w / 16), which is what
 * Pillow's `resize(NEAREST)` does. Heights stay.
 */
export const drawToken = (token: string, font: GlyphFont): DrawnToken => {
  const missing: number[] = []
  const glyphs = [...token].map((character): Glyph => {
    const codePoint = character.codePointAt(0) ?? 0
    const glyph = font.glyph(codePoint)
    if (glyph === undefined) missing.push(codePoint)
    return glyph ?? missingGlyph(codePoint)
  })
  const columns = glyphs.flatMap((glyph) => Array.from({ length: glyph.width }, (_, x) => ({ glyph, x })))
  const width = columns.length
  const bitmap = new Uint8Array(side * side)
  for (let column = 0; column < side; column++) {
    const at = width > side ? Math.floor(((column + 0.5) * width) / side) : column - Math.floor((side - width) / 2)
    const source = columns[at]
    if (source === undefined) continue
    for (let y = 0; y < side; y++) bitmap[y * side + column] = isInk(source.glyph, source.x, y) ? 1 : 0
  }
  return { bitmap, missing }
}
