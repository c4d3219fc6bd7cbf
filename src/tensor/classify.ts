/**
 * Questions about the value of each element, bool, and numbers in place of what is none. On a GPU they are as good as the GPU's own
 * arithmetic: WGSL lets an implementation assume that there are neither NaNs nor infinities.
 */
import { abs, clip, eq, gt, le, max, min, not, where } from "./elementwise.ts"
import type { Expr } from "./expr.ts"

/** The largest finite f32. */
const largest = 3.4028234663852886e38

export const isNan = (x: Expr): Expr => not(eq(x, x))
/** Infinity or -Infinity. */
export const isInf = (x: Expr): Expr => gt(abs(x), largest)
/** Neither NaN nor infinite. */
export const isFinite = (x: Expr): Expr => le(abs(x), largest)

/** The larger; where one is NaN, the other. */
export const fmax = (a: Expr, b: Expr): Expr => where(isNan(a), b, where(isNan(b), a, max(a, b)))
/** The smaller; where one is NaN, the other. */
export const fmin = (a: Expr, b: Expr): Expr => where(isNan(a), b, where(isNan(b), a, min(a, b)))
/** `nan` in place of NaN, and the largest finite f32 of either sign in place of infinities. */
export const nanToNum = (x: Expr, nan = 0): Expr => clip(where(isNan(x), nan, x), -largest, largest)
