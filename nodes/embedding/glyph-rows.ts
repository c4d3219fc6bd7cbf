/**
 * Rows of the glyph substrate, f32 [tokens, width], every row of unit length:
 * e_t = U^T (b_t - mean) / ||U^T (b_t - mean)||,  U the leading principal components (arXiv 2507.07129).
 */
import { ndarray, type NdArray } from "#src"
import { principalComponents } from "./principal-components.ts"
import { unit } from "./rows.ts"
import { inkOf, type Bitmap } from "./token-bitmap.ts"

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
