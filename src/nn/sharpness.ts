/**
 * Sharpness-aware minimisation (Foret et al., arXiv 2010.01412, equation 2): the step is taken with the gradient at
 * w + radius g / |g|, the worst place nearby to first order. Two gradients a step, in one program; the move itself is not
 * differentiated, as in the paper.
 */
import { add, div, mul } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { globalNorm } from "./clip.ts"

/** Weights moved uphill by `radius` in the global norm; the paper uses 0.05. */
export const perturbed = (weights: readonly Expr[], gradients: readonly Expr[], radius: number): readonly Expr[] => {
  const scale = div(radius, add(globalNorm(gradients), 1e-12))
  return weights.map((weight, i) => add(weight, mul(gradients[i] as Expr, scale)))
}
