/** Losses that compare representations. */
import { add, div, max, mul, rsqrt, sqrt, square, sub } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { matmul } from "../tensor/linear-algebra.ts"
import { mean, reduceSum } from "../tensor/reduce.ts"
import { transpose } from "../tensor/reshape.ts"
import { iota } from "../tensor/source.ts"
import { crossEntropy } from "./cross-entropy.ts"

/** Rows of unit length; a row of zeros stays one. `x` f32 [..., d]. */
export const unitRows = (x: Expr): Expr => mul(x, rsqrt(max(reduceSum(square(x), -1, true), 1e-24)))

/**
 * InfoNCE (van den Oord et al., arXiv 1807.03748) over cosines, both ways as in CLIP (Radford et al., arXiv 2103.00020): row i of
 * each side should find row i of the other among all. Nats, f32 [].
 * @param a, b f32 [n, d]; `temperature` divides the cosines
 */
export const infoNce = (a: Expr, b: Expr, temperature: number): Expr => {
  const logits = div(matmul(unitRows(a), unitRows(b), { transposeB: true }), temperature) // [n, n]
  const own = iota([a.shape[0] as number])
  return mul(add(crossEntropy(logits, own), crossEntropy(transpose(logits), own)), 0.5)
}

/**
 * Contrastive loss of pairs (Hadsell et al. 2006): d^2 for pairs that belong together, max(0, margin - d)^2 for others, halved, mean.
 * @param a, b f32 [n, d]; `same` f32 [n], 1 or 0
 */
export const pairContrastive = (a: Expr, b: Expr, same: Expr, margin = 1): Expr => {
  const squared = reduceSum(square(sub(a, b)), -1)
  const gap = max(sub(margin, sqrt(max(squared, 1e-24))), 0)
  return mul(mean(add(mul(same, squared), mul(sub(1, same), square(gap)))), 0.5)
}
