/**
 * A layer of experts in place of a block's MLP (Branch-Train-MiX, arXiv 2403.07816, section 3.2): every expert is an MLP of its own, a
 * linear router says how much each counts for each token. All experts run, which is top-k routing with k the number of experts.
 */
import { softmax } from "../tensor/activation.ts"
import { add, mul } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { split } from "../tensor/reshape.ts"
import { linear } from "./linear.ts"
import { mlp, type MlpWeights } from "./mlp.ts"

/**
 * `sum_j softmax(x R)_j mlp_j(x)`.
 * @param x f32 [..., d]; `router` f32 [d, experts]
 */
export const expertLayer = (x: Expr, router: Expr, experts: readonly MlpWeights[]): Expr => {
  const shares = split(softmax(linear(x, router)), experts.length)
  return experts.map((weights, j) => mul(mlp(x, weights), shares[j] as Expr)).reduce((sum, y) => add(sum, y))
}
