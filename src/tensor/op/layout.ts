/** Ops that move or repeat elements. */
import type { Shape } from "../../base/ndarray.ts"
import type { Axis } from "./attributes.ts"

export interface LayoutOps {
  // shape
  readonly reshape: { readonly shape: Shape }
  readonly transpose: { readonly permutation: readonly number[] }
  readonly broadcast: { readonly shape: Shape }
  /** One entry an axis: elements start, start+step, ... below end; 0 <= start <= end <= extent, step >= 1. */
  readonly slice: { readonly starts: readonly number[]; readonly ends: readonly number[]; readonly steps: readonly number[] }
  readonly pad: { readonly low: readonly number[]; readonly high: readonly number[]; readonly value: number }
  /** Two or more of equal shape except along `axis`. */
  readonly concat: Axis
}
