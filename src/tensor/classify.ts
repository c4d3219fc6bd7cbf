/**
 * Questions about the value of each element; bool. On a GPU they are as good as the GPU's own arithmetic: WGSL lets an
 * implementation assume that there are neither NaNs nor infinities.
 */
import { abs, eq, gt, le, not } from "./elementwise.ts"
import type { Expr } from "./expr.ts"

/** The largest finite f32. */
const largest = 3.4028234663852886e38

export const isNan = (x: Expr): Expr => not(eq(x, x))
/** Infinity or -Infinity. */
export const isInf = (x: Expr): Expr => gt(abs(x), largest)
/** Neither NaN nor infinite. */
export const isFinite = (x: Expr): Expr => le(abs(x), largest)
