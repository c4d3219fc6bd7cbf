/**
 * Functions that give whole numbers, and division with remainder. Their gradient is zero, unless they are asked to be
 * straight-through: the value is rounded and the gradient passes as if it were not (Bengio et al., arXiv 1308.3432), which is
 * what training under quantisation does.
 */
import { apply } from "./apply.ts"
import { eq, gt, lt, neg, pair, straightThrough, where, type Operand } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { copySign, magnitude } from "./fold.ts"

export interface Rounding {
  /** A gradient of 1 in place of 0 (f32 only). */
  readonly straightThrough?: boolean
}

const rounding =
  (f: (x: Expr) => Expr) =>
  (x: Expr, options: Rounding = {}): Expr =>
    options.straightThrough === true ? straightThrough(f(x), x) : f(x)

/** The largest whole number that is not above x; f32. */
export const floor = rounding((x) => apply("floor", [x], {}))
/** The smallest whole number that is not below x; f32. */
export const ceil = rounding((x) => neg(floor(neg(x))))
/** The nearest whole number, halves to the even one, as numpy and IEEE 754 have it; f32. */
export const round = rounding((x) => apply("round", [x], {}))
/** Towards zero; f32. */
export const trunc = rounding((x) => where(lt(x, 0), ceil(x), floor(x)))
/** -1, 0 or 1; f32 or i32. */
export const sign = rounding((x) => apply("sign", [x], {}))
/** 0 below zero, 1 above it, `atZero` at it; f32. */
export const heaviside = (x: Expr, atZero: Operand): Expr => where(gt(x, 0), 1, where(lt(x, 0), 0, where(eq(x, 0), atZero, x)))

/**
 * numpy's `remainder`: a - b * floor(a / b), of the sign of b; f32 or i32. Exact, for f32 while |a / b| < 2^24 (beyond, neighbouring
 * f32 are further apart than b). By 0: 0 for i32, NaN for f32.
 */
export const mod = pair("mod")
/** numpy's `floor_divide`: the whole number below a / b, for the exact quotient; f32 or i32, ranges and zeros as for `mod`. */
export const floorDivide = pair("floor_div")
/** C's remainder, a - b trunc(a / b), of the sign of a; f32, ranges and zeros as for `mod`. */
export const fmod = (a: Expr, b: Expr): Expr => copySign(mod(magnitude(a), magnitude(b)), a)
