/**
 * GNU Unifont from two sources: the npm package `@fontsource/unifontex` (UnifontEX, OFL-1.1, the default) and a
 * `unifont.hex` file as Debian ships it. Their Latin and Cyrillic glyphs are the same; UnifontEX draws Han characters
 * in the Japanese forms of `unifont_jp.hex`. The caller reads the bytes.
 */
import { messageOf } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { parse } from "opentype.js/dist/opentype.mjs"
import { side, type Glyph, type GlyphFont } from "./glyph.ts"
import { rasterise } from "./rasterise.ts"

/** A WOFF or TrueType Unifont. Left says why the bytes are no font. */
export const outlineFont = (bytes: Uint8Array): E.Either<string, GlyphFont> =>
  E.tryCatch(
    () => {
      const font = parse(bytes.slice().buffer as ArrayBuffer, { lowMemory: true })
      const pixel = font.unitsPerEm / side
      return {
        glyph: (codePoint: number): Glyph | undefined => {
          const found = font.charToGlyph(String.fromCodePoint(codePoint))
          if (found.index === 0) return undefined
          const width = (found.advanceWidth ?? 0) > font.unitsPerEm / 2 ? 16 : 8
          return { width, rows: rasterise(found.path.commands, pixel, font.ascender) }
        },
      }
    },
    messageOf,
  )

const line = /^([0-9A-Fa-f]{4,6}):([0-9A-Fa-f]{32}|[0-9A-Fa-f]{64})$/

/** A `unifont.hex` text: one line a character, `code point:rows`, 2 or 4 hex digits a row. Left names the first bad line. */
export const hexFont = (text: string): E.Either<string, GlyphFont> => {
  const rows = new Map<number, string>()
  for (const [index, entry] of text.split(/\r?\n/).entries()) {
    if (entry === "") continue
    const [, code, bits] = line.exec(entry) ?? []
    if (code === undefined || bits === undefined) return E.left(`line ${index + 1} is not CODEPOINT:BITMAP with 32 or 64 hex digits`)
    rows.set(parseInt(code, 16), bits)
  }
  return E.right({
    glyph: (codePoint) => {
      const bits = rows.get(codePoint)
      if (bits === undefined) return undefined
      const digits = bits.length / side
      const row = (y: number): number => parseInt(bits.slice(y * digits, (y + 1) * digits), 16) << (16 - 4 * digits)
      return { width: digits === 4 ? 16 : 8, rows: Uint16Array.from({ length: side }, (_, y) => row(y)) }
    },
  })
}
