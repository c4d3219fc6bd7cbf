import { beforeAll, describe, expect, it } from "vitest"
import * as E from "fp-ts/lib/Either.js"
import { readFile } from "node:fs/promises"
import { glyphOf, rowsOf, type GlyphFont } from "../../../nodes/embedding/glyph.ts"
import { missingGlyph } from "../../../nodes/embedding/missing-glyph.ts"
import { fontFile, openFont } from "../../../nodes/embedding/open-font.ts"
import { drawToken, inkOf, type Bitmap } from "../../../nodes/embedding/token-bitmap.ts"
import { hexFont, outlineFont } from "../../../nodes/embedding/unifont.ts"
import { unifontGlyphs } from "./unifont-glyphs.ts"

const picture = (bitmap: Bitmap): readonly string[] =>
  Array.from({ length: 16 }, (_, y) => [...bitmap.slice(16 * y, 16 * y + 16)].map((ink) => (ink === 1 ? "#" : ".")).join(""))

const opened = (font: E.Either<string, GlyphFont>): GlyphFont => {
  if (E.isLeft(font)) throw new Error(font.left)
  return font.right
}

describe("the npm font", () => {
  let font: GlyphFont
  beforeAll(async () => {
    font = opened(outlineFont(await readFile(fontFile("") ?? "")))
  })

  for (const [character, rows] of Object.entries(unifontGlyphs)) {
    it(`draws ${character} pixel by pixel as Debian's unifont_jp.hex`, () => {
      const glyph = font.glyph(character.codePointAt(0) ?? 0)
      expect(glyph && rowsOf(glyph)).toEqual(rows)
    })
  }

  it("covers Latin, Cyrillic and the common Han block", () => {
    const gaps = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => from + i).filter((code) => font.glyph(code) === undefined)
    expect(gaps(0x20, 0x7f)).toEqual([])
    expect(gaps(0x400, 0x460)).toEqual([])
    expect(gaps(0x4e00, 0x5200)).toEqual([])
  })

  it("has glyphs outside the first plane, and none for a code point that is no character", () => {
    expect(font.glyph(0x1f600)).toMatchObject({ width: 16 })
    expect(font.glyph(0x10ffff)).toBeUndefined()
  })
})

describe("unifont.hex", () => {
  it("reads half-width and full-width rows", () => {
    const font = opened(hexFont(`0041:${"80".repeat(15)}01\n4E2D:${"8001".repeat(16)}\n`))
    expect(font.glyph(0x41)).toMatchObject({ width: 8 })
    expect(rowsOf(font.glyph(0x41) ?? missingGlyph(0)).slice(-2)).toEqual(["#.......", ".......#"])
    expect(rowsOf(font.glyph(0x4e2d) ?? missingGlyph(0))[0]).toBe("#..............#")
    expect(font.glyph(0x42)).toBeUndefined()
  })

  it("names the first bad line", () => {
    expect(hexFont(`0041:${"00".repeat(16)}\n0042:12`)).toEqual(E.left("line 2 is not CODEPOINT:BITMAP with 32 or 64 hex digits"))
  })

  it("says which file and param are wrong when a font cannot be opened", async () => {
    await expect(openFont("/nowhere/unifont.hex")).rejects.toMatchObject({ name: "NodeFailure", param: "font" })
    await expect(openFont("/nowhere/unifont.hex")).rejects.toThrow(/nowhere.unifont\.hex: expected a font file, got no such file/)
    await expect(openFont("package.json")).rejects.toThrow(/package\.json: expected Unifont as \.hex, WOFF or TrueType/)
  })
})

describe("drawing a token", () => {
  const bar = glyphOf(Array.from({ length: 16 }, () => "#.......")) // ink in the first of 8 columns
  const full = glyphOf(Array.from({ length: 16 }, () => "#..............#"))
  const font: GlyphFont = { glyph: (code) => (code === 0x62 ? bar : code === 0x66 ? full : undefined) }
  const columns = (token: string) => [...new Set(inkOf(drawToken(token, font).bitmap).map((pixel) => pixel % 16))].sort((a, b) => a - b)

  it("centres a half-width glyph and fills the cell with a full-width one or two half-width ones", () => {
    expect(columns("b")).toEqual([4])
    expect(columns("f")).toEqual([0, 15])
    expect(columns("bb")).toEqual([0, 8])
  })

  it("squeezes a wider strip by nearest neighbour: column c shows strip column floor((c + 1/2) w / 16)", () => {
    // 24 columns with ink in 0, 8 and 16: shown are 0, 2, 3, 5, 6, 8 (as column 5) …, 15, 17 …, so the last stroke is lost.
    expect(columns("bbb")).toEqual([0, 5])
    // 32 columns with ink in 0, 15, 16 and 31: shown are the odd ones.
    expect(columns("ff")).toEqual([7, 15])
  })

  it("draws the number of a code point the font lacks, a different one for each, and reports it", () => {
    const drawn = drawToken("x", font)
    expect(drawn.missing).toEqual([0x78])
    expect(picture(drawn.bitmap)).toEqual(rowsOf(missingGlyph(0x78)))
    const all = new Set(Array.from({ length: 4096 }, (_, code) => rowsOf(missingGlyph(code * 17)).join("")))
    expect(all.size).toBe(4096)
    expect(rowsOf(missingGlyph(0x1f600))).not.toEqual(rowsOf(missingGlyph(0xf600)))
  })
})
