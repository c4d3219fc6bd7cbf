/** Ops without operands. */
import type { NdArray, Shape } from "../../base/ndarray.ts"

export interface SourceOps {
  // sources
  /** A named argument of the program. */
  readonly input: { readonly name: string }
  /** A literal; small (scalars, masks, tables). Compared by content. */
  readonly constant: { readonly value: NdArray }
  /** i32: the index along `axis`, of shape `shape`. */
  readonly iota: { readonly shape: Shape; readonly axis: number }
}
