/**
 * Reductions over segments: rows that carry the same number belong together, in any order. What sparse graphs are computed
 * with (a row an edge, its number the node it points to), and batches of sequences of different lengths. Sums are made in the
 * order of the rows on every device, whatever the number of threads; gpu.js looks at every row for each segment.
 *
 * Throughout: `values` f32 [n, ...], `ids` i32 [n] in [0, count), results [count, ...].
 */
import { lowestFloat } from "../base/ndarray.ts"
import { div, exp, lt, max, neg, stopGradient, sub, where } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { gather, scatterAdd, scatterMax } from "./indexing.ts"
import { broadcastTo, reshape } from "./reshape.ts"
import { constant } from "./source.ts"
import { TraceError } from "./trace-error.ts"

const checked = (op: string, values: Expr, ids: Expr): void => {
  if (ids.shape.length !== 1 || ids.dtype !== "i32" || ids.shape[0] !== values.shape[0]) {
    throw new TraceError(op, [values, ids], `an i32 number for each of ${values.shape[0] ?? 1} rows`)
  }
}

/** The sum of each segment, 0 for an empty one. Also i32. */
export const segmentSum = (values: Expr, ids: Expr, count: number): Expr => {
  checked("segmentSum", values, ids)
  return scatterAdd(ids, values, 0, count)
}

/** f32 [count]: the number of rows of each segment. */
export const segmentSize = (ids: Expr, count: number): Expr => segmentSum(broadcastTo(constant(1), ids.shape), ids, count)

/** A number a segment, shaped so that it stretches over [count, ...]. */
const beside = (perSegment: Expr, values: Expr): Expr => reshape(perSegment, [perSegment.shape[0] as number, ...values.shape.slice(1).map(() => 1)])

/** The mean of each segment, 0 for an empty one. */
export const segmentMean = (values: Expr, ids: Expr, count: number): Expr =>
  div(segmentSum(values, ids, count), beside(max(segmentSize(ids, count), 1), values))

/** The largest element of each segment, `empty` where there is none; equal ones share the gradient. */
export const segmentMax = (values: Expr, ids: Expr, count: number, empty = 0): Expr => {
  checked("segmentMax", values, ids)
  const largest = scatterMax(ids, values, 0, count)
  return where(lt(lowestFloat, largest), largest, empty)
}

export const segmentMin = (values: Expr, ids: Expr, count: number, empty = 0): Expr => neg(segmentMax(neg(values), ids, count, -empty))

/** exp(x) over the sum of exp over the rows of the same segment, the largest taken out first; of the shape of `values`. */
export const segmentSoftmax = (values: Expr, ids: Expr, count: number): Expr => {
  checked("segmentSoftmax", values, ids)
  const raised = exp(sub(values, gather(stopGradient(scatterMax(ids, values, 0, count)), ids)))
  return div(raised, gather(segmentSum(raised, ids, count), ids))
}
