/** Losses of real-valued predictions: `prediction` and `target` f32 that broadcast; means over all elements, f32 []. */
import { abs, min, mul, square, sub } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { mean } from "../tensor/reduce.ts"

export const meanSquaredError = (prediction: Expr, target: Expr): Expr => mean(square(sub(prediction, target)))

export const meanAbsoluteError = (prediction: Expr, target: Expr): Expr => mean(abs(sub(prediction, target)))

/** Quadratic within `delta`, linear beyond (Huber 1964): with a = |error| and q = min(a, delta), q a - q^2 / 2. */
export const huber = (prediction: Expr, target: Expr, delta = 1): Expr => {
  const error = abs(sub(prediction, target))
  const inner = min(error, delta)
  return mean(sub(mul(inner, error), mul(square(inner), 0.5)))
}
