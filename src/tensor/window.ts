/**
 * Arithmetic of windows that walk over an axis, shared by convolutions and pooling: how many fit, and what padding the
 * shorthands mean. Knows no op.
 */
import type { Pair, Walk } from "./op/convolution.ts"

/** Rows or columns that a window of `taps` spans. */
export const spanOf = (taps: number, dilation: number): number => (taps - 1) * dilation + 1

/** Places that a window of `size` has on an image of `extents`: 0 or less where it does not fit. */
export const placesOf = (extents: Pair, size: Pair, { strides, low, high, dilations }: Walk): Pair =>
  perAxis((i) => Math.floor((extents[i] + low[i] + high[i] - spanOf(size[i], dilations[i])) / strides[i]) + 1)

/** A pair from what holds for rows (0) and for columns (1). */
export const perAxis = <A>(f: (axis: 0 | 1) => A): readonly [A, A] => [f(0), f(1)]

/** One number for rows and columns, or a number each. */
export type Both = number | Pair

/**
 * `valid`: none. `same`: as many places as ceil(extent / stride), an odd number of zeros having one more behind (TensorFlow's
 * SAME, ONNX's SAME_UPPER, PyTorch's same). A number: on all sides. Pairs: low and high, for rows and for columns.
 */
export type Padding = "valid" | "same" | number | readonly [rows: Pair, columns: Pair]

export interface WalkOptions {
  readonly stride?: Both
  readonly padding?: Padding
  readonly dilation?: Both
}

export const both = (value: Both): Pair => (typeof value === "number" ? [value, value] : value)

/** The walk that `options` ask for, by a window of `size` on an image of `extents`. */
export const walkOf = (extents: Pair, size: Pair, { stride = 1, padding = "valid", dilation = 1 }: WalkOptions): Walk => {
  const [strides, dilations] = [both(stride), both(dilation)]
  const sides = perAxis((i): Pair => {
    if (padding === "valid") return [0, 0]
    if (typeof padding === "number") return [padding, padding]
    if (padding !== "same") return padding[i]
    const covered = (Math.ceil(extents[i] / strides[i]) - 1) * strides[i] + spanOf(size[i], dilations[i])
    const zeros = Math.max(covered - extents[i], 0)
    return [Math.floor(zeros / 2), Math.ceil(zeros / 2)]
  })
  return { strides, low: perAxis((i) => sides[i][0]), high: perAxis((i) => sides[i][1]), dilations }
}
