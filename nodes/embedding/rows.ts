/**
 * Rows of the substrates, f32 [tokens, width], every row of unit length.
 *
 *   glyph      e_t = U^T (b_t - mean) / ||U^T (b_t - mean)||,  U the leading principal components (arXiv 2507.07129)
 *   random     normal deviates, normalised: a control without any content
 *   binary     a random bit in every column, +1/sqrt(width) or -1/sqrt(width)
 *   binary16   the token id in 16 bits, +1/4 for a set bit and -1/4 for a clear one (the paper's codes are 0 and 1, which
 *              leaves id 0 without a direction); lifting 16 columns to a model's width is the model's business
 */
import { assert, ndarray, type NdArray, type Random } from "#src"
import { principalComponents } from "./principal-components.ts"
import { inkOf, type Bitmap } from "./token-bitmap.ts"

export const codeBits = 16

/** Columns beyond the number of pixels are zero. A bitmap equal to the mean has no direction: it gets the first axis. */
export const glyphRows = (bitmaps: readonly Bitmap[], width: number): NdArray<"f32"> => {
  const { mean, axes } = principalComponents(bitmaps, width)
  // U^T (b - mean), without multiplying by the zeros of b.
  const atMean = axes.map((axis) => axis.reduce((sum, x, pixel) => sum + x * mean[pixel]!, 0))
  const rows = new Float32Array(bitmaps.length * width)
  bitmaps.forEach((bitmap, row) => {
    const ink = inkOf(bitmap)
    const scores = axes.map((axis, j) => ink.reduce((sum, pixel) => sum + axis[pixel]!, -atMean[j]!))
    rows.set(unit(scores), row * width)
  })
  return ndarray("f32", [bitmaps.length, width], rows)
}

export const randomRows = (tokens: number, width: number, random: Random): NdArray<"f32"> => {
  const rows = random.normals(tokens * width)
  for (let row = 0; row < tokens; row++) rows.set(unit([...rows.subarray(row * width, (row + 1) * width)]), row * width)
  return ndarray("f32", [tokens, width], rows)
}

export const signRows = (tokens: number, width: number, random: Random): NdArray<"f32"> => {
  const amplitude = 1 / Math.sqrt(width)
  const rows = Float32Array.from({ length: tokens * width }, (_, i) => (random.below(i, 2) === 1 ? amplitude : -amplitude))
  return ndarray("f32", [tokens, width], rows)
}

/** At most 2^16 tokens. */
export const codeRows = (tokens: number): NdArray<"f32"> => {
  assert(tokens <= 2 ** codeBits, `16 bits number 65,536 tokens, got ${tokens}`)
  const amplitude = 1 / Math.sqrt(codeBits)
  const rows = Float32Array.from({ length: tokens * codeBits }, (_, i) =>
    (Math.floor(i / codeBits) >> (i % codeBits)) % 2 === 1 ? amplitude : -amplitude,
  )
  return ndarray("f32", [tokens, codeBits], rows)
}

const unit = (row: readonly number[]): readonly number[] => {
  const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
  return norm > 0 ? row.map((x) => x / norm) : row.map((_, i) => (i === 0 ? 1 : 0))
}

/** Tokens whose rows are equal in every bit, as groups of row numbers, in order of their first. */
export const equalRows = ({ shape, data }: NdArray): readonly (readonly number[])[] => {
  const [tokens = 0, width = 0] = shape
  const groups = new Map<string, number[]>()
  for (let row = 0; row < tokens; row++) {
    const key = data.subarray(row * width, (row + 1) * width).join(",")
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].filter((group) => group.length > 1)
}
