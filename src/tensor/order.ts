/**
 * Order: sorting, the largest elements, quantiles. Sorting is stable: of equal elements the one with the lower index comes
 * first, whether ascending or descending. A NaN counts as infinity (on WebGPU, whose shaders may take it that there
 * is none, as anything). Values are taken by index, so gradients go to where they came from.
 *
 * A line of n elements takes onnxruntime n log n operations. gpu.js, whose kernels cannot exchange elements, takes n^2 up to 256
 * elements, then n log^2 n in log^2(n) / 2 kernels; and for up to 8 of many, 2 n for each.
 */
import { must } from "../base/assert.ts"
import { apply } from "./apply.ts"
import { add, mul } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { takeAlong } from "./indexing.ts"
import { reshape, slice } from "./reshape.ts"
import { fromFront, withAxis } from "./shape.ts"
import { TraceError } from "./trace-error.ts"

export interface Largest {
  /** Of the dtype of the operand, extent k along the axis, the most extreme first. */
  readonly values: Expr
  /** i32, where they were. */
  readonly indices: Expr
}

/** The `k` largest (or smallest) elements along `axis`; f32 or i32. */
export const topK = (x: Expr, k: number, axis = -1, largest = true): Largest => {
  const at = fromFront(axis, x.shape.length)
  const indices = apply("top_k", [x], { axis: at, k, largest })
  return { values: takeAlong(x, indices, at), indices }
}

export interface Order {
  /** The largest first; false unless said otherwise. */
  readonly descending?: boolean
}

/** i32 of x's shape: the indices that sort `x` along `axis`. */
export const argsort = (x: Expr, axis = -1, { descending = false }: Order = {}): Expr =>
  topK(x, x.shape.at(axis) ?? 0, axis, descending).indices

/** `x` sorted along `axis`. */
export const sort = (x: Expr, axis = -1, { descending = false }: Order = {}): Expr => topK(x, x.shape.at(axis) ?? 0, axis, descending).values

/**
 * The value below which a share `q` of the elements along `axis` lies, between two of them by linear interpolation (numpy's
 * default). f32; `axis` removed unless kept. `q` from 0 to 1.
 */
export const quantile = (x: Expr, q: number, axis = -1, keepDims = false): Expr => {
  const at = fromFront(axis, x.shape.length)
  const extent = must(x.shape[at], "axis")
  if (!(q >= 0 && q <= 1)) throw new TraceError("quantile", [x], `a share from 0 to 1, not ${q}`)
  if (x.dtype !== "f32" || extent === 0) throw new TraceError("quantile", [x], `f32 with at least one element along axis ${axis}`)
  const place = q * (extent - 1)
  const [low, rest] = [Math.floor(place), place - Math.floor(place)]
  const indices = argsort(x, at)
  const nth = (n: number): Expr => takeAlong(x, slice(indices, { axis: at, start: n, end: n + 1 }), at)
  const value = rest === 0 ? nth(low) : add(mul(nth(low), 1 - rest), mul(nth(low + 1), rest))
  return keepDims ? value : reshape(value, withAxis(value.shape, at))
}

/** The middle element along `axis`, or the mean of the two in the middle. f32. */
export const median = (x: Expr, axis = -1, keepDims = false): Expr => quantile(x, 0.5, axis, keepDims)
