/** Windows over the last two axes. */
import type { Pair } from "./convolution.ts"

export interface Windows {
  /** Rows and columns of a window. */
  readonly size: Pair
  readonly strides: Pair
  readonly dilations: Pair
}

export interface WindowOps {
  /** [..., H, W] -> [..., H', W', kh, kw]: at each place the elements under the window. Pads nothing. */
  readonly unfold: Windows
  /** Adjoint of unfold: [..., H', W', kh, kw] -> [..., ...extents], each element added where it was taken; f32 or i32. */
  readonly fold: Windows & { readonly extents: Pair }
}
