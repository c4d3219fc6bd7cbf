/** Dropout (Srivastava et al., JMLR 15, 2014), inverted: what is kept is scaled up in training, so that nothing changes afterwards. */
import { div, mul, sub, where } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { bernoulli } from "../tensor/random.ts"
import { TraceError } from "../tensor/trace-error.ts"

/**
 * Each element 0 with probability `rate`, else over 1 - rate; the gradient goes where the element did. `rate` is a number in [0, 1)
 * or f32 [] below 1, an argument of the program; 0 is the identity. Each layer and step wants a key of its own (`splitKey`, `foldIn`).
 * @param x f32 [...]; `key` i32 [4]
 */
export const dropout = (x: Expr, rate: Expr | number, key: Expr): Expr => {
  if (rate === 0) return x
  if (typeof rate === "number" && !(rate > 0 && rate < 1)) throw new TraceError("dropout", [x, key], `a rate from 0 to below 1, not ${rate}`)
  const kept = typeof rate === "number" ? 1 - rate : sub(1, rate)
  const scaled = typeof kept === "number" ? mul(x, 1 / kept) : div(x, kept)
  return where(bernoulli(key, kept, x.shape), scaled, 0)
}
