/** Normalisation layers over the last axis. */
import type { Expr } from "../tensor/expr.ts"
import { add, mul, rsqrt, square, sub } from "../tensor/elementwise.ts"
import { mean } from "../tensor/reduce.ts"

/**
 * Layer normalisation (Ba et al., arXiv 1607.06450): `(x - mean) / sqrt(var + eps) * scale + bias`, biased variance.
 * @param x f32 [..., d]; `scale`, `bias` f32 [d]
 */
export const layerNorm = (x: Expr, scale: Expr, bias: Expr, epsilon = 1e-5): Expr => {
  const centred = sub(x, mean(x, -1, true))
  return add(mul(mul(centred, rsqrt(add(mean(square(centred), -1, true), epsilon))), scale), bias)
}

/** RMS normalisation (Zhang & Sennrich, arXiv 1910.07467): `x / sqrt(mean(x^2) + eps) * scale`. */
export const rmsNorm = (x: Expr, scale: Expr, epsilon = 1e-5): Expr => mul(mul(x, rsqrt(add(mean(square(x), -1, true), epsilon))), scale)
