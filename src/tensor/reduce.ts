/**
 * Reductions and scans: sums, extremes, moments, running sums. `axes` defaults to all of them; negative axes count
 * from the back.
 */
import { sizeOf } from "../base/ndarray.ts"
import { apply, isOp } from "./apply.ts"
import { abs, add, cast, eq, exp, log, lt, mul, neg, not, sqrt, square, stopGradient, sub, where } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { reshape } from "./reshape.ts"
import { fromFront, sortedAxes } from "./shape.ts"
import { literal } from "./source.ts"
import { TraceError } from "./trace-error.ts"

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

/** f32 or i32. */
export const reduceMin = (x: Expr, axes?: Axes, keepDims = false): Expr => neg(reduceMax(neg(x), axes, keepDims))

export const mean = (x: Expr, axes?: Axes, keepDims = false): Expr => {
  const count = sizeOf(sortedAxes(axes, x.shape.length).map((axis) => x.shape[axis] ?? 1))
  return mul(reduceSum(x, axes, keepDims), 1 / count)
}

/**
 * The mean of squared deviations: their sum over n - ddof. Biased (0) unless said otherwise; 1 gives the unbiased estimate
 * of a sample.
 */
export const variance = (x: Expr, axes?: Axes, keepDims = false, ddof = 0): Expr => {
  const count = sizeOf(sortedAxes(axes, x.shape.length).map((axis) => x.shape[axis] ?? 1))
  if (count <= ddof) throw new TraceError("variance", [x], `more than ${ddof} elements, not ${count}`)
  return mul(reduceSum(square(sub(x, mean(x, axes, true))), axes, keepDims), 1 / (count - ddof))
}

/** The square root of the variance; its gradient is that of `norm`: 0 where all elements are equal. */
export const std = (x: Expr, axes?: Axes, keepDims = false, ddof = 0): Expr => root(variance(x, axes, keepDims, ddof))

/** The square root of a sum of squares, with a gradient of 0 where it is 0. */
const root = (x: Expr): Expr => {
  const none = eq(x, 0)
  return where(none, 0, sqrt(where(none, 1, x)))
}

/** The norm of order 1, 2 or infinity over `axes` together; the gradient at 0 is 0. */
export const norm = (x: Expr, axes?: Axes, keepDims = false, order = 2): Expr => {
  if (order === 2) return root(reduceSum(square(x), axes, keepDims))
  if (order === 1) return reduceSum(abs(x), axes, keepDims)
  if (order === Infinity) return reduceMax(abs(x), axes, keepDims)
  throw new TraceError("norm", [x], `an order of 1, 2 or Infinity, not ${order}`)
}

/** i32 index of the first largest element; `axis` removed. f32 or i32. */
export const argmax = (x: Expr, axis = -1): Expr => apply("argmax", [x], { axis: fromFront(axis, x.shape.length) })

/** i32 index of the first smallest element; `axis` removed. f32 or i32. */
export const argmin = (x: Expr, axis = -1): Expr => argmax(neg(x), axis)

/** bool: whether any element is true; false where there is none. */
export const any = (x: Expr, axes?: Axes, keepDims = false): Expr => lt(0, reduceSum(cast(cast(x, "bool"), "i32"), axes, keepDims))

/** bool: whether all elements are true, as they are where there is none. */
export const all = (x: Expr, axes?: Axes, keepDims = false): Expr => not(any(not(cast(x, "bool")), axes, keepDims))

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
