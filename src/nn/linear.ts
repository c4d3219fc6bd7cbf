/** Linear maps of the last axis. */
import { dependenciesFirst } from "../tensor/dependencies.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
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

/** What `y` multiplies by each of the `weights` that is a linear map's: f32 [n, in], under its name. Of a weight used again and again, the last. */
export const linearInputs = (y: Expr, weights: Exprs): Exprs => {
  const names = new Map(Object.entries(weights).map(([name, weight]) => [weight, name]))
  return Object.fromEntries(
    dependenciesFirst([y]).flatMap(({ op, args: [x, weight], attrs }) => {
      const name = op === "matmul" && !(attrs as { readonly transposeB: boolean }).transposeB && weight !== undefined ? names.get(weight) : undefined
      return name === undefined || x === undefined ? [] : [[name, x] as const]
    }),
  )
}
