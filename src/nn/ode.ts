/** Solutions of y' = f(y, t) by steps of one size, each a turn of a loop; gradients go through all of them. */
import { add, cast, mul } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { scan } from "../tensor/loop.ts"
import { iota } from "../tensor/source.ts"

/** y' of the shape of `y`; `t` f32 []. */
export type Slope = (y: Expr, t: Expr) => Expr

export interface Interval {
  readonly from: number
  readonly to: number
  readonly steps: number
}

/** One step of size `h`: from y(t) to an estimate of y(t + h). */
export type Stepper = (f: Slope, y: Expr, t: Expr, h: number) => Expr

/** y + h f(y, t) (Euler, 1768): an error of the order of h over an interval. */
export const euler: Stepper = (f, y, t, h) => add(y, mul(f(y, t), h))

/** The classical fourth-order method (Kutta, 1901): an error of the order of h^4. */
export const rungeKutta: Stepper = (f, y, t, h) => {
  const a = f(y, t)
  const b = f(add(y, mul(a, h / 2)), add(t, h / 2))
  const c = f(add(y, mul(b, h / 2)), add(t, h / 2))
  const d = f(add(y, mul(c, h)), add(t, h))
  return add(y, mul(add(add(a, d), mul(add(b, c), 2)), h / 6))
}

/** y at the end of the interval, from `y` f32 at its start, and along the way, f32 [steps, ...y.shape], after each step. */
export const solve = (f: Slope, y: Expr, { from, to, steps }: Interval, step: Stepper = rungeKutta): { readonly end: Expr; readonly path: Expr } => {
  const h = (to - from) / steps
  const times = add(mul(cast(iota([steps]), "f32"), h), from)
  const { carry, out } = scan({ carry: { y }, over: { t: times } }, (now, { t }) => {
    const next = step(f, now.y, t, h)
    return { carry: { y: next }, out: { y: next } }
  })
  return { end: carry.y, path: out.y }
}
