/** Batch rules: elementwise ops: arithmetic, comparison and choice. */
import { pointwise, type Rules } from "./rule.ts"
import type { ElementwiseOps } from "../op/elementwise.ts"

export const elementwiseRules: Rules<ElementwiseOps> = {
  neg: pointwise,
  abs: pointwise,
  sign: pointwise,
  exp: pointwise,
  log: pointwise,
  sqrt: pointwise,
  reciprocal: pointwise,
  sin: pointwise,
  cos: pointwise,
  tanh: pointwise,
  erf: pointwise,
  floor: pointwise,
  add: pointwise,
  sub: pointwise,
  mul: pointwise,
  div: pointwise,
  pow: pointwise,
  max: pointwise,
  min: pointwise,
  eq: pointwise,
  lt: pointwise,
  le: pointwise,
  and: pointwise,
  or: pointwise,
  not: pointwise,
  where: pointwise,
  cast: pointwise,
}
