/**
 * Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon): momentum whose step is replaced by the nearest orthogonal matrix,
 * for the hidden matrices of a network. Other weights want another optimiser beside it (`param-groups.ts`).
 *
 *   m' = momentum m + g        u = g + momentum m'        w' = w (1 - lr decay) - lr sqrt(max(1, rows / columns)) NS5(u)
 *
 * NS5 brings the singular values of u to about 1 (between 0.68 and 1.13) by five quintic Newton-Schulz steps.
 */
import { scalar } from "../base/ndarray.ts"
import { add, mul, reciprocal, sqrt, square, sub } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { matmul } from "../tensor/linear-algebra.ts"
import { reduceSum } from "../tensor/reduce.ts"
import { TraceError } from "../tensor/trace-error.ts"
import { held, type Optimiser } from "./optimiser.ts"

export interface Muon {
  /** The author's 0.95. */
  readonly momentum: number
  /** Looks ahead along the momentum; the author's choice, and the default. */
  readonly nesterov?: boolean
  readonly weightDecay: number
}

/** Coefficients of the author's quintic, steepest at 0. */
const [a, b, c] = [3.4445, -4.775, 2.0315] as const

/** X -> a X + b (X X') X + c (X X')^2 X, five times from X / |X|, on the smaller side. `x` f32 [rows, columns]. */
export const orthogonalised = (x: Expr, steps = 5): Expr => {
  const [rows, columns] = x.shape as [number, number]
  const tall = rows > columns
  let y = mul(x, reciprocal(add(sqrt(reduceSum(square(x))), 1e-7)))
  for (let i = 0; i < steps; i++) {
    const gram = tall ? matmul(y, y, { transposeA: true }) : matmul(y, y, { transposeB: true })
    const mix = add(mul(gram, b), mul(matmul(gram, gram), c))
    y = add(mul(y, a), tall ? matmul(y, mix) : matmul(mix, y))
  }
  return y
}

/** State `m`, the momentum. Throws `TraceError` for a weight that is no matrix. */
export const muon = ({ momentum, nesterov = true, weightDecay }: Muon): Optimiser => ({
  state: () => ({ m: "zeros" }),
  at: (lr) => ({ "muon/rate": scalar("f32", lr), "muon/keep": scalar("f32", 1 - lr * weightDecay) }),
  update: ({ name, weight, gradient, ...site }) => {
    const [rows = 0, columns = 0] = weight.shape
    if (weight.shape.length !== 2) throw new TraceError(`muon, weight ${name}`, [weight], "a matrix; give other weights another optimiser by paramGroups")
    const at = held(site)
    const m = add(mul(at("m"), momentum), gradient)
    const direction = orthogonalised(nesterov ? add(gradient, mul(m, momentum)) : m)
    const step = mul(direction, mul(at("muon/rate"), Math.sqrt(Math.max(1, rows / columns))))
    return { weight: sub(mul(weight, at("muon/keep")), step), state: { m } }
  },
})
