/** Trigonometric functions and their inverses, in radians; f32. */
import { add, both, cos, div, eq, gt, lt, mul, sin, sqrt, sub, unary, where, type Operand } from "./elementwise.ts"
import type { Expr } from "./expr.ts"
import { magnitude } from "./fold.ts"

export const tan = (x: Expr): Expr => div(sin(x), cos(x))

/** In [-pi/2, pi/2]. */
export const atan = unary("atan")

/** In [-pi/2, pi/2]; NaN beyond -1 and 1. 2 atan(x / (1 + sqrt(1 - x^2))), which divides by nothing near 0. */
export const asin = (x: Expr): Expr => mul(atan(div(x, add(sqrt(mul(sub(1, x), add(x, 1))), 1))), 2)

/** In [0, pi]; NaN beyond -1 and 1. 2 atan(sqrt((1 - x) / (1 + x))), mirrored for negative x; accurate near 1, where the result is small. */
export const acos = (x: Expr): Expr => {
  const size = magnitude(x)
  const angle = mul(atan(sqrt(div(sub(1, size), add(size, 1)))), 2)
  return where(lt(x, 0), sub(Math.PI, angle), angle)
}

/** The angle of the finite point (x, y), in (-pi, pi]; 0 for the origin. */
export const atan2 = (y: Operand, x: Operand): Expr => {
  const [up, along] = both("atan2", y, x)
  const steep = gt(magnitude(up), magnitude(along))
  const [short, long] = [where(steep, along, up), where(steep, up, along)]
  const angle = atan(div(short, where(eq(long, 0), 1, long)))
  const below = lt(up, 0)
  const quarter = where(below, -Math.PI / 2, Math.PI / 2)
  const half = where(lt(along, 0), where(below, -Math.PI, Math.PI), 0)
  return where(steep, sub(quarter, angle), add(angle, half))
}

/** Degrees of an angle in radians. */
export const degrees = (x: Expr): Expr => mul(x, 180 / Math.PI)
/** Radians of an angle in degrees. */
export const radians = (x: Expr): Expr => mul(x, Math.PI / 180)
