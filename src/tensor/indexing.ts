/**
 * Reading and adding by index. Indices are i32 and must be in range: no device checks them.
 */
import { apply } from "./apply.ts"
import { cast, eq } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { expandDims } from "./reshape.ts"
import { fromFront } from "./shape.ts"
import { iota } from "./source.ts"

/** Slices of `x` along `axis`: x.shape[0..axis) + indices.shape + x.shape(axis..]. */
export const gather = (x: Expr, indices: Expr, axis = 0): Expr => apply("gather", [x, indices], { axis: fromFront(axis, x.shape.length) })

/** Zeros with extent `size` along `axis`, `updates` (shaped as `gather` gives them) added where `gather` would have read. */
export const scatterAdd = (indices: Expr, updates: Expr, axis: number, size: number): Expr =>
  apply("scatter_add", [indices, updates], { axis: fromFront(axis, updates.shape.length - indices.shape.length + 1), size })

/** As `scatterAdd` for f32, the largest update in place of the sum; the smallest finite f32 where there is none. Equal ones share the gradient. */
export const scatterMax = (indices: Expr, updates: Expr, axis: number, size: number): Expr =>
  apply("scatter_max", [indices, updates], { axis: fromFront(axis, updates.shape.length - indices.shape.length + 1), size })

/** numpy take_along_axis: `indices` has the shape of `x` except along `axis`. */
export const takeAlong = (x: Expr, indices: Expr, axis = -1): Expr =>
  apply("take_along", [x, indices], { axis: fromFront(axis, x.shape.length) })

/** Zeros with extent `size` along `axis`, `updates` (of the shape of `indices`) added at their indices. */
export const putAlong = (indices: Expr, updates: Expr, axis: number, size: number): Expr =>
  apply("put_along", [indices, updates], { axis: fromFront(axis, updates.shape.length), size })

/** i32 indices -> f32 of shape [..., size]: 1 at the index, 0 elsewhere. */
export const oneHot = (indices: Expr, size: number): Expr => cast(eq(expandDims(indices, -1), iota([size])), "f32")
