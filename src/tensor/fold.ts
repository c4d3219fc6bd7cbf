/**
 * Functions that mirror at 0, computed on one side of it. `abs` and `sign` would do, but their gradients at 0 are 0;
 * here 0 belongs to the upper side, so slopes there are those of the function.
 */
import { lt, neg, where } from "./elementwise.ts"
import type { Expr } from "./expr.ts"

/** |x|, of slope 1 at 0. */
export const magnitude = (x: Expr): Expr => where(lt(x, 0), neg(x), x)

/** The odd function (f(-x) = -f(x)) that is `upper` for x >= 0. */
export const odd = (x: Expr, upper: (size: Expr) => Expr): Expr => {
  const value = upper(magnitude(x))
  return where(lt(x, 0), neg(value), value)
}

/** |x| with the sign of `of`, of which -0 counts as 0. */
export const copySign = (x: Expr, of: Expr): Expr => {
  const size = magnitude(x)
  return where(lt(of, 0), neg(size), size)
}
