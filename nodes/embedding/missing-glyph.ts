/** What is drawn for a character the font lacks: its code point in small hex digits, two rows of two (or three). */
import { glyphOf, type Glyph } from "./glyph.ts"

/** 3 x 5 pixel digits, each as five rows of three. */
const digits: Readonly<Record<string, string>> = {
  "0": "####.##.##.####", "1": ".#.##..#..#.###", "2": "##...#.#.#..###", "3": "##...#.#...###.",
  "4": "#.##.####..#..#", "5": "####..##...###.", "6": ".###..####.####", "7": "###..#.#..#..#.",
  "8": "####.#####.####", "9": "####.####..###.", A: ".#.#.####.##.##", B: "##.#.###.#.###.",
  C: ".###..#..#...##", D: "##.#.##.##.###.", E: "####..##.#..###", F: "####..##.#..#..",
}

/** A full-width glyph that is different for every code point. */
export const missingGlyph = (codePoint: number): Glyph => {
  const hex = codePoint.toString(16).toUpperCase().padStart(codePoint > 0xffff ? 6 : 4, "0")
  const half = hex.length / 2
  const band = (digitsOfRow: string): readonly string[] =>
    Array.from({ length: 5 }, (_, y) => {
      const pixels = [...digitsOfRow].map((digit) => (digits[digit] ?? "").slice(3 * y, 3 * y + 3)).join("..")
      return pixels.padStart(14, ".").padEnd(16, ".")
    })
  const blank = ".".repeat(16)
  return glyphOf([blank, blank, ...band(hex.slice(0, half)), blank, blank, ...band(hex.slice(half)), blank, blank])
}
