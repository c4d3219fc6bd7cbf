/**
 * Affine quantisation to u8 (Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
 * inference", arXiv 1712.05877, equation 1): value = scale * (stored - zero).
 */
import { add, cast, clip, div, eq, max, min, mul, sub, where } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { reduceMax, reduceMin, type Axes } from "../tensor/reduce.ts"
import { round, type Rounding } from "../tensor/rounding.ts"

/** How values lie among the 256 stored ones; both f32 and of shapes that stretch to the values': [channels, 1] for one grid a row. */
export interface Grid {
  readonly scale: Expr
  /** The stored value of 0, a whole number. */
  readonly zero: Expr
}

const most = 255

/** The grid that just holds 0 and all values along `axes` (all of them by default), with an axis of extent 1 for each. */
export const gridOf = (x: Expr, axes?: Axes): Grid => {
  const [low, high] = [min(reduceMin(x, axes, true), 0), max(reduceMax(x, axes, true), 0)]
  const width = sub(high, low)
  const scale = where(eq(width, 0), 1, mul(width, 1 / most))
  return { scale, zero: round(div(sub(0, low), scale)) }
}

const stored = (x: Expr, { scale, zero }: Grid, options?: Rounding): Expr => clip(add(round(div(x, scale), options), zero), 0, most)
const restored = (q: Expr, { scale, zero }: Grid): Expr => mul(sub(q, zero), scale)

/** f32 -> u8 of the same shape: to the nearest stored value, ties to even, and to the first or last beyond the grid. */
export const quantise = (x: Expr, grid: Grid): Expr => cast(stored(x, grid), "u8")

/** u8 -> f32 of the same shape. */
export const dequantise = (q: Expr, grid: Grid): Expr => restored(cast(q, "f32"), grid)

/** What quantising and restoring x makes of it, for training: the gradient passes straight through within the grid, not beyond. */
export const fakeQuantise = (x: Expr, grid: Grid): Expr => restored(stored(x, grid, { straightThrough: true }), grid)
