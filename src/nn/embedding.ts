/** From token ids to vectors, by rows of a substrate. */
import { TraceError } from "../tensor/trace-error.ts"
import { mul } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { gather } from "../tensor/indexing.ts"
import { repeatInterleave } from "../tensor/reshape.ts"

/**
 * Rows of `substrate` lifted to `width` by repeating each coordinate (arXiv 2507.04886), and scaled.
 * A unit-norm row has an RMS of 1/sqrt(substrate width), tiny beside what blocks add to the residual stream: `scaled`
 * multiplies by its square root, which brings the RMS to 1, the size that norms give the input of every block.
 * @param substrate f32 [vocabulary, n], n divides `width`; `tokens` i32 [batch, length] -> f32 [batch, length, width]
 */
export const embed = (substrate: Expr, tokens: Expr, width: number, scaled = true): Expr => {
  const n = substrate.shape[1] ?? 0
  if (n === 0 || width % n !== 0) throw new TraceError("embed", [substrate, tokens], `a substrate whose width divides ${width}`)
  const rows = gather(substrate, tokens)
  const sized = scaled ? mul(rows, Math.sqrt(n)) : rows
  return n === width ? sized : repeatInterleave(sized, width / n)
}
