/** Gradient rules: elementwise ops: arithmetic, comparison and choice. */
import { unstretched } from "../cotangent.ts"
import { add, cos, div, exp, le, log, lt, max, mul, neg, pow, sin, sub, where, type Operand } from "../elementwise.ts"
import type { Expr } from "../expr.ts"
import { floorDivide, sign } from "../rounding.ts"
import { literal } from "../source.ts"
import { flat, pointwise, type Rules } from "./rule.ts"
import type { ElementwiseOps } from "../op/elementwise.ts"

const choice = (condition: Expr, dy: Expr): readonly [Expr, Expr] => [where(condition, dy, 0), where(condition, 0, dy)]

/** The smallest normal f32: keeps the logarithm finite where its value is not used. */
const smallest = 2 ** -126

const less = (x: Expr, by: number): Operand => {
  const value = literal(x)
  return value === undefined ? sub(x, by) : value - by
}

export const elementwiseRules: Rules<ElementwiseOps> = {
  neg: ({ dy }) => [neg(dy)],
  abs: ({ a, dy }) => [mul(dy, sign(a))],
  sign: flat,
  exp: ({ y, dy }) => [mul(dy, y)],
  log: ({ a, dy }) => [div(dy, a)],
  sqrt: ({ y, dy }) => [mul(div(dy, y), 0.5)],
  reciprocal: ({ y, dy }) => [mul(mul(dy, -1), mul(y, y))],
  sin: ({ a, dy }) => [mul(dy, cos(a))],
  cos: ({ a, dy }) => [neg(mul(dy, sin(a)))],
  tanh: ({ y, dy }) => [mul(dy, sub(1, mul(y, y)))],
  // 2 / sqrt(pi) * exp(-a^2), the factor taken into the exponent.
  erf: ({ a, dy }) => [mul(dy, exp(sub(Math.log(2 / Math.sqrt(Math.PI)), mul(a, a))))],
  expm1: ({ y, dy }) => [mul(dy, add(y, 1))],
  log1p: ({ a, dy }) => [div(dy, add(a, 1))],
  atan: ({ a, dy }) => [div(dy, add(mul(a, a), 1))],
  floor: flat,
  round: flat,
  add: pointwise(({ dy }) => [dy, dy]),
  // Negated where it is smallest.
  sub: ({ a, b, y, dy }) => [unstretched(dy, y.shape, a.shape), neg(unstretched(dy, y.shape, b.shape))],
  mul: pointwise(({ a, b, dy }) => (a === b ? [mul(mul(dy, 2), a)] : [mul(dy, b), mul(dy, a)])),
  div: pointwise(({ b, y, dy }) => {
    const da = div(dy, b)
    return [da, neg(mul(da, y))]
  }),
  pow: pointwise(({ a, b, y, dy }) => [mul(dy, mul(pow(a, less(b, 1)), b)), mul(dy, mul(y, where(lt(0, a), log(max(a, smallest)), 0)))]),
  mod: pointwise(({ a, b, dy }) => [dy, neg(mul(dy, floorDivide(a, b)))]),
  floor_div: flat,
  // Beside a literal the result tells which it was, so that nobody keeps what a ReLU was applied to.
  max: pointwise(({ a, b, y, dy }) => choice(le(literal(a) === undefined ? b : y, a), dy)),
  min: pointwise(({ a, b, dy }) => choice(le(a, b), dy)),
  bit_and: flat,
  eq: flat,
  lt: flat,
  le: flat,
  and: flat,
  or: flat,
  not: flat,
  where: pointwise(({ a, dy }) => [undefined, ...choice(a, dy)]),
  cast: ({ a, y, dy }) => (a.dtype === y.dtype ? [dy] : []),
}
