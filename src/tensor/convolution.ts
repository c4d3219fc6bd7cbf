/**
 * Convolutions. Images are [N, C, H, W] and filters [O, C / groups, kh, kw], as in ONNX and PyTorch; like both, nothing is
 * flipped (a cross-correlation).
 */
import { apply } from "./apply.ts"
import type { Expr } from "./expr.ts"
import type { Pair } from "./op/convolution.ts"
import { reshape } from "./reshape.ts"
import { TraceError } from "./trace-error.ts"
import { both, perAxis, spanOf, walkOf, type Both, type Padding, type WalkOptions } from "./window.ts"

export interface ConvOptions extends WalkOptions {
  /** Groups of channels that do not mix; as many as input channels for a depthwise convolution. 1 by default. */
  readonly groups?: number
}

/** Extents of the last two of four axes; `TraceError` for another rank. */
const imageOf = (op: string, x: Expr, operands: readonly Expr[]): Pair => {
  if (x.shape.length !== 4) throw new TraceError(op, operands, "operands of rank 4: images [N, C, H, W], filters [O, C / groups, kh, kw]")
  return [x.shape[2] as number, x.shape[3] as number]
}

/** f32 [N, C, H, W] by f32 [O, C / groups, kh, kw] -> f32 [N, O, H', W'], H' = floor((H + padding - dilation (kh - 1) - 1) / stride) + 1. */
export const conv2d = (x: Expr, w: Expr, options: ConvOptions = {}): Expr =>
  apply("conv2d", [x, w], { ...walkOf(imageOf("conv2d", x, [x, w]), imageOf("conv2d", w, [x, w]), options), groups: options.groups ?? 1 })

export interface ConvTransposeOptions extends Omit<ConvOptions, "padding"> {
  /** Rows and columns cut off the result, as a number or low and high: those that `conv2d` of this padding would add. 0 by default. */
  readonly padding?: Exclude<Padding, "same" | "valid">
  /** Rows and columns more at the end of the result, below stride: several extents have one convolution's extent. 0 by default. */
  readonly outputPadding?: Both
}

/**
 * The adjoint of `conv2d` in its image (Zeiler et al., 2010; PyTorch's ConvTranspose2d): f32 [N, I, H, W] by f32 [I, O / groups, kh, kw]
 * -> f32 [N, O, H', W'], H' = (H - 1) stride - padding + dilation (kh - 1) + 1 + outputPadding.
 */
export const convTranspose2d = (
  x: Expr,
  w: Expr,
  { stride = 1, padding = 0, dilation = 1, groups = 1, outputPadding = 0 }: ConvTransposeOptions = {},
): Expr => {
  const [image, window] = [imageOf("convTranspose2d", x, [x, w]), imageOf("convTranspose2d", w, [x, w])]
  const walk = walkOf(image, window, { stride, padding, dilation })
  const more = both(outputPadding)
  if (more.some((n, i) => n < 0 || n >= (walk.strides[i] as number)))
    throw new TraceError("convTranspose2d", [x, w], `an output padding from 0 to below the stride, not ${more.join(" and ")}`)
  const size = perAxis(
    (i) => (image[i] - 1) * walk.strides[i] - walk.low[i] - walk.high[i] + spanOf(window[i], walk.dilations[i]) + more[i],
  )
  return apply("conv2d_input_gradient", [x, w], { ...walk, groups, size })
}

export interface Conv1dOptions {
  readonly stride?: number
  readonly padding?: "valid" | "same" | number | Pair
  readonly dilation?: number
  readonly groups?: number
}

/** f32 [N, C, L] by f32 [O, C / groups, k] -> f32 [N, O, L'], as `conv2d` of images of one row. */
export const conv1d = (x: Expr, w: Expr, { stride = 1, padding = "valid", dilation = 1, groups = 1 }: Conv1dOptions = {}): Expr => {
  if (x.shape.length !== 3 || w.shape.length !== 3)
    throw new TraceError("conv1d", [x, w], "operands of rank 3: signals [N, C, L], filters [O, C / groups, k]")
  const rowed = ({ shape }: Expr) => [shape[0] as number, shape[1] as number, 1, shape[2] as number]
  const columns = typeof padding === "number" ? ([padding, padding] as const) : padding
  const y = conv2d(reshape(x, rowed(x)), reshape(w, rowed(w)), {
    stride: [1, stride],
    padding: typeof columns === "string" ? columns : [[0, 0], columns],
    dilation: [1, dilation],
    groups,
  })
  return reshape(y, [...y.shape.slice(0, 2), y.shape[3] as number])
}
