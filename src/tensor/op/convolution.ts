/** Convolutions of images and their two adjoints. All three are parts of one form, linear in image, filter and result. */

/** How a window walks over an image; pairs are (rows, columns). */
export interface Walk {
  readonly strides: Pair
  /** Zeros before the first and behind the last row and column. */
  readonly low: Pair
  readonly high: Pair
  /** Distance of neighbouring taps. */
  readonly dilations: Pair
}
export type Pair = readonly [number, number]

/** Output channel o reads the input channels of group floor(o groups / O) alone. */
export interface Convolution extends Walk {
  readonly groups: number
}

export interface ConvolutionOps {
  /** (x [N, C, H, W], w [O, C / groups, kh, kw]) -> [N, O, H', W'], f32: y[p] = sum of x[p stride + k dilation - low] w[k]. */
  readonly conv2d: Convolution
  /** Adjoint in x: (dy [N, O, H', W'], w) -> [N, C, ...size]. What others call a transposed convolution. */
  readonly conv2d_input_gradient: Convolution & { readonly size: Pair }
  /** Adjoint in w: (x, dy) -> [O, C / groups, ...size]. */
  readonly conv2d_filter_gradient: Convolution & { readonly size: Pair }
}
