/** Ops that combine elements along axes: products, reductions, scans, softmax. */
import type { Axis, Reduce } from "./attributes.ts"

export interface ContractionOps {
  // linear algebra
  /** [..., m, k] x [..., k, n] -> [..., m, n], f32; batch extents broadcast; a transposed operand is stored [..., k, m] or [..., n, k]. */
  readonly matmul: { readonly transposeA: boolean; readonly transposeB: boolean }
  // reductions and scans
  /** f32 or i32. */
  readonly reduce_sum: Reduce
  /** f32 or i32. */
  readonly reduce_max: Reduce
  /** i32 index of the first largest element; `axis` removed. */
  readonly argmax: Axis
  /**
   * f32 or i32 -> i32 indices of the `k` largest (or smallest) elements along `axis`, the most extreme first; of equal elements the
   * one with the lower index first. A NaN counts as infinity.
   */
  readonly top_k: { readonly axis: number; readonly k: number; readonly largest: boolean }
  /** Running sum along `axis`, f32 or i32; `exclusive` leaves the element itself out, `reverse` runs from the end. */
  readonly cumsum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean }
  /** f32, along `axis`, the largest element subtracted first. */
  readonly softmax: Axis
  readonly log_softmax: Axis
}
