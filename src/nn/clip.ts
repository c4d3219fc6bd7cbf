/** Clipping by global norm (Pascanu et al., arXiv 1211.5063). */
import { add, div, min, sqrt, square } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { reduceSum } from "../tensor/reduce.ts"

/** L2 norm of all gradients together, f32 []. */
export const globalNorm = (gradients: readonly Expr[]): Expr =>
  sqrt(gradients.map((g) => reduceSum(square(g))).reduce((sum, x) => add(sum, x)))

/** The factor that brings a global norm down to `limit`; 1 when it is there already. */
export const clipScale = (norm: Expr, limit: number): Expr => min(div(limit, add(norm, 1e-6)), 1)
