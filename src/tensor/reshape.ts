/**
 * Functions that move or repeat elements without computing: reshape, transpose, broadcast, slice, pad, concat and
 * what is made of them. Those that would change nothing give their operand back.
 */
import { sizeOf, type Shape } from "../base/ndarray.ts"
import { apply, isOp } from "./apply.ts"
import type { Expr } from "./expr.ts"
import { equalShapes, fromFront, withAxis } from "./shape.ts"
import { TraceError } from "./trace-error.ts"

/** The same elements in another shape; one extent may be -1 and follows from the others. */
export const reshape = (x: Expr, shape: Shape): Expr => {
  const known = sizeOf(shape.filter((extent) => extent !== -1))
  const to = shape.map((extent) => (extent === -1 ? sizeOf(x.shape) / known : extent))
  if (equalShapes(to, x.shape)) return x
  return isOp(x, "reshape") ? reshape(x.args[0] as Expr, to) : apply("reshape", [x], { shape: to })
}

/** Axes in a new order; without `permutation`, the last two exchanged. */
export const transpose = (x: Expr, permutation?: readonly number[]): Expr => {
  const rank = x.shape.length
  const swapped = [...Array(rank).keys()].map((axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis))
  const order = (permutation ?? swapped).map((axis) => fromFront(axis, rank))
  return order.length === rank && order.every((axis, i) => axis === i) ? x : apply("transpose", [x], { permutation: order })
}

export const broadcastTo = (x: Expr, shape: Shape): Expr => (equalShapes(x.shape, shape) ? x : apply("broadcast", [x], { shape }))

/** A new axis of extent 1 before `axis` (of the result). */
export const expandDims = (x: Expr, axis: number): Expr => {
  const at = fromFront(axis, x.shape.length + 1)
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
}

/** One axis: from `start`, below `end`, every `step`-th. Negative positions count from the end. */
export interface Cut {
  readonly axis: number
  readonly start?: number
  readonly end?: number
  readonly step?: number
}

/** The elements that all `cuts` keep. */
export const slice = (x: Expr, ...cuts: readonly Cut[]): Expr => {
  const starts = x.shape.map(() => 0)
  const ends = [...x.shape]
  const steps = x.shape.map(() => 1)
  for (const { axis, start = 0, end, step = 1 } of cuts) {
    const at = fromFront(axis, x.shape.length)
    const extent = x.shape[at]
    if (extent === undefined) throw new TraceError("slice", [x], `an axis within rank ${x.shape.length}, not ${axis}`)
    starts[at] = fromFront(start, extent)
    ends[at] = fromFront(end ?? extent, extent)
    steps[at] = step
  }
  const whole = starts.every((n) => n === 0) && equalShapes(ends, x.shape) && steps.every((n) => n === 1)
  return whole ? x : apply("slice", [x], { starts, ends, steps })
}

/** `low` elements of `value` before and `high` after, an entry an axis. */
export const pad = (x: Expr, low: readonly number[], high: readonly number[], value = 0): Expr =>
  [...low, ...high].every((n) => n === 0) && low.length === x.shape.length ? x : apply("pad", [x], { low, high, value })

/** Joined along `axis`; shapes are equal elsewhere. */
export const concat = (xs: readonly Expr[], axis = -1): Expr => {
  const [first, ...rest] = xs
  if (first === undefined) throw new TraceError("concat", [], "at least one operand")
  return rest.length === 0 ? first : apply("concat", xs, { axis: fromFront(axis, first.shape.length) })
}

/** Joined along a new axis. */
export const stack = (xs: readonly Expr[], axis = 0): Expr => {
  const at = fromFront(axis, (xs[0]?.shape.length ?? 0) + 1)
  return concat(
    xs.map((x) => expandDims(x, at)),
    at,
  )
}

/** Consecutive parts of the given extents along `axis`; a number asks for that many equal parts. */
export const split = (x: Expr, parts: number | readonly number[], axis = -1): readonly Expr[] => {
  const at = fromFront(axis, x.shape.length)
  const extent = x.shape[at] ?? 0
  const extents = typeof parts === "number" ? Array<number>(parts).fill(extent / parts) : parts
  if (extents.reduce((n, part) => n + part, 0) !== extent || !extents.every(Number.isInteger)) {
    throw new TraceError("split", [x], `parts that add up to ${extent} along axis ${axis}, not ${extents.join(" + ")}`)
  }
  let start = 0
  return extents.map((part) => slice(x, { axis: at, start, end: (start += part) }))
}

/** Each element along `axis` `times` times in a row: [a, b] -> [a, a, b, b]. */
export const repeatInterleave = (x: Expr, times: number, axis = -1): Expr => {
  const at = fromFront(axis, x.shape.length)
  const extent = x.shape[at] as number
  const wide = broadcastTo(expandDims(x, at + 1), [...x.shape.slice(0, at + 1), times, ...x.shape.slice(at + 1)])
  return reshape(wide, withAxis(x.shape, at, extent * times))
}
