/**
 * Windows over images, and pooling: reductions of them. Images are [..., H, W], windows (rows, columns). On a device that has a
 * pooling kernel the windows are never written out.
 */
import { ndarray, type Shape } from "../base/ndarray.ts"
import { apply } from "./apply.ts"
import { mul } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import type { Pair } from "./op/convolution.ts"
import { mean, reduceMax, reduceSum } from "./reduce.ts"
import { pad, slice } from "./reshape.ts"
import { constant } from "./source.ts"
import { TraceError } from "./trace-error.ts"
import { both, placesOf, walkOf, type Both, type WalkOptions } from "./window.ts"

const extentsOf = (op: string, x: Expr): Pair => {
  if (x.shape.length < 2) throw new TraceError(op, [x], "an operand of rank 2 or more: images [..., H, W]")
  return [x.shape.at(-2) as number, x.shape.at(-1) as number]
}

/** `by` for the last two axes, 0 for those in front. */
const atEnd = (x: { readonly shape: Shape }, by: Pair): readonly number[] => [...Array<number>(x.shape.length - 2).fill(0), ...by]

export interface UnfoldOptions extends WalkOptions {
  /** What padding holds; 0 by default. */
  readonly value?: number
}

/** [..., H, W] -> [..., H', W', kh, kw]: at each place the elements under a window. Any dtype; padding needs numbers. */
export const unfold = (x: Expr, window: Both, options: UnfoldOptions = {}): Expr => {
  const size = both(window)
  const { strides, low, high, dilations } = walkOf(extentsOf("unfold", x), size, options)
  return apply("unfold", [pad(x, atEnd(x, low), atEnd(x, high), options.value ?? 0)], { size, strides, dilations })
}

/** The adjoint of `unfold`: [..., H', W', kh, kw] -> [..., H, W], each element added where it was taken, what fell on padding dropped. */
export const fold = (y: Expr, extents: Pair, options: WalkOptions = {}): Expr => {
  if (y.shape.length < 4) throw new TraceError("fold", [y], "an operand of rank 4 or more: windows [..., H', W', kh, kw]")
  const size = [y.shape.at(-2) as number, y.shape.at(-1) as number] as const
  const { strides, low, high, dilations } = walkOf(extents, size, options)
  const whole = apply("fold", [y], { size, strides, dilations, extents: [extents[0] + low[0] + high[0], extents[1] + low[1] + high[1]] })
  return slice(whole, { axis: -2, start: low[0], end: low[0] + extents[0] }, { axis: -1, start: low[1], end: low[1] + extents[1] })
}

export interface PoolOptions extends WalkOptions {
  /** The window's size by default: windows that do not overlap. */
  readonly stride?: Both
}

/** The largest element under each window, padding being -infinity. Where several are largest they share the gradient equally. */
export const maxPool2d = (x: Expr, window: Both, { stride = window, ...rest }: PoolOptions = {}): Expr =>
  reduceMax(unfold(x, window, { stride, ...rest, value: -Infinity }), [-2, -1])

export interface AvgPoolOptions extends PoolOptions {
  /** Whether zeros of the padding count as elements (PyTorch's default, and ours) or the mean is over the image's own. */
  readonly countIncludePad?: boolean
}

/** The mean under each window. */
export const avgPool2d = (x: Expr, window: Both, { stride = window, countIncludePad = true, ...rest }: AvgPoolOptions = {}): Expr => {
  const sums = reduceSum(unfold(x, window, { stride, ...rest }), [-2, -1])
  const size = both(window)
  if (countIncludePad) return mul(sums, 1 / (size[0] * size[1]))
  return mul(sums, constant(inverseCounts(extentsOf("avgPool2d", x), size, { stride, ...rest })))
}

/** 1 / (elements of the image under the window), at each place. */
const inverseCounts = (extents: Pair, size: Pair, options: WalkOptions) => {
  const walk = walkOf(extents, size, options)
  const places = placesOf(extents, size, walk).map((n) => Math.max(n, 0)) as unknown as Pair
  const within = (axis: 0 | 1, place: number): number => {
    const start = place * walk.strides[axis] - walk.low[axis]
    const taps = Array.from({ length: size[axis] }, (_, tap) => start + tap * walk.dilations[axis])
    return taps.filter((position) => position >= 0 && position < extents[axis]).length
  }
  const count = (i: number): number => within(0, Math.floor(i / places[1])) * within(1, i % places[1])
  return ndarray("f32", places, Float32Array.from({ length: places[0] * places[1] }, (_, i) => 1 / Math.max(count(i), 1)))
}

/** The mean of each channel: f32 [N, C, ...] -> [N, C]. */
export const globalAvgPool = (x: Expr): Expr => mean(x, places(x))
/** The largest element of each channel: [N, C, ...] -> [N, C]. */
export const globalMaxPool = (x: Expr): Expr => reduceMax(x, places(x))

/** All axes behind the channels. */
const places = (x: Expr): readonly number[] => [...x.shape.keys()].slice(2)
