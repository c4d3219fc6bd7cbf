/**
 * Reductions and scans: sums, extremes, moments, running sums. `axes` defaults to all of them; negative axes count
 * from the back.
 */
import { sizeOf } from "../base/ndarray.ts"
import { apply, isOp } from "./apply.ts"
import { add, exp, log, mul, neg, square, stopGradient, sub } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { reshape } from "./reshape.ts"
import { fromFront, sortedAxes } from "./shape.ts"
import { literal } from "./source.ts"

export type Axes = number | readonly number[]

/** f32 or i32. */
export const reduceSum = (x: Expr, axes?: Axes, keepDims = false): Expr => {
  const sorted = sortedAxes(axes, x.shape.length)
  if (sorted.length === 0) return x
  // Scattered elements add up to the elements that were scattered.
  if (isOp(x, "put_along") && sorted.length === 1 && sorted[0] === x.attrs.axis) return reduceSum(x.args[1] as Expr, sorted, keepDims)
  const [factored, by] = isOp(x, "mul") && x.dtype === "f32" ? (x.args as readonly [Expr, Expr]) : []
  const factor = by && literal(by)
  // A literal factor is cheaper after the sum.
  if (factored !== undefined && factor !== undefined) return mul(reduceSum(factored, sorted, keepDims), factor)
  return apply("reduce_sum", [x], { axes: sorted, keepDims })
}

/** f32 or i32; where several elements are largest, they share the gradient equally. */
export const reduceMax = (x: Expr, axes?: Axes, keepDims = false): Expr => {
  const sorted = sortedAxes(axes, x.shape.length)
  return sorted.length === 0 ? x : apply("reduce_max", [x], { axes: sorted, keepDims })
}

export const reduceMin = (x: Expr, axes?: Axes, keepDims = false): Expr => neg(reduceMax(neg(x), axes, keepDims))

export const mean = (x: Expr, axes?: Axes, keepDims = false): Expr => {
  const count = sizeOf(sortedAxes(axes, x.shape.length).map((axis) => x.shape[axis] ?? 1))
  return mul(reduceSum(x, axes, keepDims), 1 / count)
}

/** Biased: the mean of squared deviations. */
export const variance = (x: Expr, axes?: Axes, keepDims = false): Expr => mean(square(sub(x, mean(x, axes, true))), axes, keepDims)

/** i32 index of the first largest element; `axis` removed. */
export const argmax = (x: Expr, axis = -1): Expr => apply("argmax", [x], { axis: fromFront(axis, x.shape.length) })

/** Which elements a running sum has at each place. */
export interface Running {
  /** Not the element itself; false unless said otherwise. */
  readonly exclusive?: boolean
  /** Those behind it, not those before it; false unless said otherwise. */
  readonly reverse?: boolean
}

/** Running sum along `axis`, f32 or i32. */
export const cumsum = (x: Expr, axis = -1, { exclusive = false, reverse = false }: Running = {}): Expr =>
  apply("cumsum", [x], { axis: fromFront(axis, x.shape.length), exclusive, reverse })

/** log(sum(exp(x))), the largest element taken out first. */
export const logSumExp = (x: Expr, axes?: Axes, keepDims = false): Expr => {
  const top = stopGradient(reduceMax(x, axes, true))
  const sum = reduceSum(exp(sub(x, top)), axes, keepDims)
  return add(log(sum), reshape(top, sum.shape))
}
