/** Linear maps of the last axis. */
import { sizeOf } from "../base/ndarray.ts"
import type { Expr } from "../tensor/expr.ts"
import { add } from "../tensor/elementwise.ts"
import { matmul } from "../tensor/linear-algebra.ts"
import { reshape } from "../tensor/reshape.ts"

/**
 * `x W + b`. Leading axes are folded into one, so that forward and both gradients are single plain matrix products.
 * @param x f32 [..., in]; `weight` f32 [in, out]; `bias` f32 [out]
 */
export const linear = (x: Expr, weight: Expr, bias?: Expr): Expr => {
  const lead = x.shape.slice(0, -1)
  const rows = sizeOf(lead)
  const y = matmul(reshape(x, [rows, x.shape[x.shape.length - 1] as number]), weight)
  return reshape(bias === undefined ? y : add(y, bias), [...lead, weight.shape[1] as number])
}
