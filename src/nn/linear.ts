/** Linear maps of the last axis. */
import type { Expr } from "../tensor/expr.ts"
import { add } from "../tensor/elementwise.ts"
import { matmul } from "../tensor/linear-algebra.ts"
import { reshape } from "../tensor/reshape.ts"

/**
 * `x W + b`. Leading axes are folded into one, bias included, so that forward and both gradients are single plain matrix
 * products and the gradient of the bias is one sum.
 * @param x f32 [..., in]; `weight` f32 [in, out]; `bias` f32 [out]
 */
export const linear = (x: Expr, weight: Expr, bias?: Expr): Expr => {
  const y = matmul(reshape(x, [-1, x.shape.at(-1) as number]), weight)
  return reshape(bias === undefined ? y : add(y, bias), [...x.shape.slice(0, -1), weight.shape[1] as number])
}
