/** Shape and dtype rules: elementwise ops: arithmetic, comparison and choice. */
import type { Dtype } from "../../base/ndarray.ts"
import { anyDtype, bool, f32, i32, number, one, stretched, two, typed, unary, type Rule, type Rules } from "./rule.ts"
import type { Typed } from "../trace-error.ts"
import type { ElementwiseOps } from "../op/elementwise.ts"

const binary = (dtypes: readonly Dtype[], result?: Dtype): Rule<unknown> =>
  two((a, b, _, need) => {
    typed(need, a, dtypes, "operands")
    need(a.dtype === b.dtype, "operands of one dtype")
    return { shape: stretched(need, a.shape, b.shape), dtype: result ?? a.dtype }
  })

export const elementwiseRules: Rules<ElementwiseOps> = {
  neg: unary(number),
  abs: unary(number),
  sign: unary(number),
  exp: unary(f32),
  log: unary(f32),
  sqrt: unary(f32),
  reciprocal: unary(f32),
  sin: unary(f32),
  cos: unary(f32),
  tanh: unary(f32),
  erf: unary(f32),
  expm1: unary(f32),
  log1p: unary(f32),
  atan: unary(f32),
  floor: unary(f32),
  round: unary(f32),
  add: binary(number),
  sub: binary(number),
  mul: binary(number),
  div: binary(f32),
  pow: binary(f32),
  mod: binary(number),
  floor_div: binary(number),
  max: binary(number),
  min: binary(number),
  bit_and: binary(i32),
  eq: binary([...number, ...bool], "bool"),
  lt: binary(number, "bool"),
  le: binary(number, "bool"),
  and: binary(bool),
  or: binary(bool),
  not: unary(bool),
  where: (operands, _, need) => {
    need(operands.length === 3, "three operands")
    const [condition, a, b] = operands as [Typed, Typed, Typed]
    typed(need, condition, bool, "a condition")
    need(a.dtype === b.dtype, "choices of one dtype")
    return { shape: stretched(need, condition.shape, stretched(need, a.shape, b.shape)), dtype: a.dtype }
  },
  cast: one(anyDtype, ({ shape }, { to }) => ({ shape, dtype: to })),
}
