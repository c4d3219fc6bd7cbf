/** Ops that read and add by index. */
import type { Axis } from "./attributes.ts"

export interface IndexingOps {
  // indexing (indices are i32 and must be in range)
  /** (x, indices) -> x.shape[0..axis) + indices.shape + x.shape(axis..]. */
  readonly gather: Axis
  /** Adjoint of gather: (indices, updates) -> zeros of extent `size` along `axis`, updates added where they were taken. */
  readonly scatter_add: { readonly axis: number; readonly size: number }
  /** The same for f32, with the largest of the updates that meet in place of their sum, and the smallest finite f32 where there is none. */
  readonly scatter_max: { readonly axis: number; readonly size: number }
  /** numpy take_along_axis: (x, indices of x's shape except along `axis`) -> indices.shape. */
  readonly take_along: Axis
  /** Adjoint of take_along: (indices, updates) -> zeros of extent `size` along `axis`, updates added. */
  readonly put_along: { readonly axis: number; readonly size: number }
}
