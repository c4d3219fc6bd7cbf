/** Exponentials, logarithms, roots and hyperbolic functions; f32. Relative errors are a few units in the last place, near 0 too. */
import { isFinite } from "./classify.ts"
import { abs, add, both, div, eq, exp, log, max, min, mul, neg, pow, sqrt, square, sub, unary, where, type Operand } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { magnitude, odd } from "./fold.ts"

/** exp(x) - 1, accurate near 0. */
export const expm1 = unary("expm1")
/** log(1 + x), accurate near 0. */
export const log1p = unary("log1p")
/** 2^x; exact where x is whole. */
export const exp2 = (x: Expr): Expr => pow(2, x)
export const log2 = (x: Expr): Expr => mul(log(x), Math.LOG2E)
export const log10 = (x: Expr): Expr => mul(log(x), Math.LOG10E)

/** log(exp(a) + exp(b)), without overflow; where both are -inf, so is the result. */
export const logAddExp = (a: Operand, b: Operand): Expr => {
  const [x, y] = both("logAddExp", a, b)
  const top = max(x, y)
  // The difference of equal infinities is NaN.
  const apart = where(isFinite(top), sub(x, y), 0)
  return add(top, log1p(exp(neg(magnitude(apart)))))
}

/** log2(2^a + 2^b), likewise. */
export const logAddExp2 = (a: Operand, b: Operand): Expr => {
  const [x, y] = both("logAddExp2", a, b)
  return mul(logAddExp(mul(x, Math.LN2), mul(y, Math.LN2)), Math.LOG2E)
}

/** The real cube root, negative for negative x. */
export const cbrt = (x: Expr): Expr => odd(x, (size) => pow(size, 1 / 3))

/** sqrt(a^2 + b^2) of finite numbers, where the squares may overflow or vanish; the gradient at (0, 0) is 0. */
export const hypot = (a: Operand, b: Operand): Expr => {
  const [x, y] = both("hypot", a, b)
  const [long, short] = [max(abs(x), abs(y)), min(abs(x), abs(y))]
  const ratio = div(short, where(eq(long, 0), 1, long))
  return mul(long, sqrt(add(square(ratio), 1)))
}

export const sinh = (x: Expr): Expr => mul(sub(expm1(x), expm1(neg(x))), 0.5)
export const cosh = (x: Expr): Expr => mul(add(exp(x), exp(neg(x))), 0.5)

/** Up to 1.7e38. log1p(x + x^2 / (1 + sqrt(x^2 + 1))), the root taken to be x where the square would overflow. */
export const asinh = (x: Expr): Expr =>
  odd(x, (size) => {
    const root = max(sqrt(add(square(min(size, 1e9)), 1)), size)
    return log1p(add(size, mul(size, div(size, add(root, 1)))))
  })

/** For x >= 1, up to 1.7e38. */
export const acosh = (x: Expr): Expr => {
  const above = sub(x, 1)
  return log1p(add(above, mul(sqrt(above), sqrt(add(above, 2)))))
}

/** For -1 < x < 1; infinite at the ends. */
export const atanh = (x: Expr): Expr => mul(sub(log1p(x), log1p(neg(x))), 0.5)
