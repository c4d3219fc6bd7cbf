/**
 * Rows of the controls of glyph rows (`glyph-rows.ts`), f32 [tokens, width], every row of unit length.
 *
 *   random     normal deviates, normalised: a control without any content
 *   binary     a random bit in every column, +1/sqrt(width) or -1/sqrt(width)
 *   binary16   the token id in 16 bits, +1/4 for a set bit and -1/4 for a clear one (the paper's codes are 0 and 1, which
 *              leaves id 0 without a direction); lifting 16 columns to a model's width is the model's business
 */
import { assert, ndarray, type NdArray, type Random } from "#src"

export const codeBits = 16

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

/** The row at unit length. One without a direction gets the first axis. */
export const unit = (row: readonly number[]): readonly number[] => {
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
