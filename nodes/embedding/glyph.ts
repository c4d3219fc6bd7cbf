/** Bitmaps of single characters in GNU Unifont's grid: 16 rows, 8 or 16 columns, one bit a pixel. */

/** Side of the square cell every token is drawn in, in pixels. */
export const side = 16

export interface Glyph {
  /** 8 for half-width characters (Latin, Cyrillic), 16 for full-width ones (Han). */
  readonly width: 8 | 16
  /** 16 rows, top first; bit 15 is the leftmost pixel, 1 is ink. */
  readonly rows: Uint16Array
}

/** Where glyphs come from. */
export interface GlyphFont {
  /** The glyph of a code point; undefined when the font has none. */
  readonly glyph: (codePoint: number) => Glyph | undefined
}

/** Is pixel (x, y) ink? x from 0 at the left, y from 0 at the top. */
export const isInk = (glyph: Glyph, x: number, y: number): boolean => ((glyph.rows[y] ?? 0) >> (15 - x)) % 2 === 1

/** A glyph from 16 rows of text: "." or space is paper, anything else ink. Rows are `width` characters long. */
export const glyphOf = (rows: readonly string[]): Glyph => ({
  width: (rows[0]?.length ?? 8) > 8 ? 16 : 8,
  rows: Uint16Array.from({ length: side }, (_, y) =>
    [...(rows[y] ?? "")].reduce((bits, pixel, x) => (pixel === "." || pixel === " " ? bits : bits | (1 << (15 - x))), 0),
  ),
})

/** The rows of a glyph as text: "." paper, "#" ink. */
export const rowsOf = (glyph: Glyph): readonly string[] =>
  Array.from({ length: side }, (_, y) => Array.from({ length: glyph.width }, (_, x) => (isInk(glyph, x, y) ? "#" : ".")).join(""))
