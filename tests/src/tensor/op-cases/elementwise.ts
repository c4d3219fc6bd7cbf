/** Small applications: elementwise ops: arithmetic, comparison and choice. */
import * as e from "../../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { bitAnd } from "../../../../src/tensor/bitwise.ts"
import { expm1, log1p } from "../../../../src/tensor/exponential.ts"
import { floor, floorDivide, mod, round, sign } from "../../../../src/tensor/rounding.ts"
import { atan } from "../../../../src/tensor/trigonometry.ts"
import { iota } from "../../../../src/tensor/source.ts"
import type { ElementwiseOps } from "../../../../src/tensor/op/elementwise.ts"
import { positive, u, v, type CaseTable, type Case } from "./case.ts"

const unaryOf = (f: (x: Expr) => Expr, of = u): readonly Case[] => [
  [[of(2, 3)], f],
  [[of()], f],
  [[of(1, 2, 1)], f],
]
const binaryOf = (f: (a: Expr, b: Expr) => Expr, of = u, by = v): readonly Case[] => [
  [[of(2, 3), by(2, 3)], f],
  [[of(2, 3), by(3)], f],
  [[of(3), by(2, 1)], f],
  [[of(1, 3), by(4, 2, 1)], f],
  [[of(), by(2, 2)], f],
  [[of(2, 1, 3), by(1)], f],
  [[of(2, 3)], (a) => f(a, a)],
]

export const elementwiseCases: CaseTable<ElementwiseOps> = {
  neg: unaryOf((x) => e.neg(e.sin(x))),
  abs: unaryOf(e.abs),
  sign: unaryOf((x) => e.mul(sign(x), x)),
  exp: unaryOf(e.exp),
  log: unaryOf(e.log, positive),
  sqrt: unaryOf(e.sqrt, positive),
  reciprocal: unaryOf(e.reciprocal, positive),
  sin: unaryOf(e.sin),
  cos: unaryOf(e.cos),
  tanh: unaryOf(e.tanh),
  erf: unaryOf(e.erf),
  expm1: unaryOf(expm1),
  log1p: unaryOf(log1p, positive),
  atan: unaryOf(atan),
  floor: unaryOf((x) => e.mul(floor(x), x)),
  round: unaryOf((x) => e.mul(round(x), x)),
  add: binaryOf(e.add),
  sub: binaryOf(e.sub),
  mul: binaryOf(e.mul),
  div: binaryOf(e.div, u, positive),
  pow: [...binaryOf(e.pow, positive, v), [[u(3)], (a) => e.pow(a, 3)], [[positive(3)], (a) => e.pow(2, a)]],
  mod: binaryOf(mod, u, positive),
  floor_div: binaryOf((a, b) => e.mul(floorDivide(a, b), a), u, positive),
  max: binaryOf(e.max),
  min: binaryOf(e.min),
  bit_and: [[[u(3)], (a) => e.mul(a, e.cast(bitAnd(e.cast(a, "i32"), 3), "f32"))]],
  eq: [[[u(3)], (a) => e.where(e.eq(a, a), a, 0)]],
  lt: [[[u(3), v(2, 1)], (a, b) => e.where(e.lt(a, b), a, e.mul(b, 2))]],
  le: [[[u(3), v(2, 1)], (a, b) => e.where(e.ge(a, b), a, e.mul(b, 2))]],
  and: [[[u(3), v(3)], (a, b) => e.where(e.and(e.gt(a, b), e.gt(a, 0)), a, b)]],
  or: [[[u(3), v(3)], (a, b) => e.where(e.or(e.gt(a, b), e.gt(a, 0)), a, b)]],
  not: [[[u(3), v(3)], (a, b) => e.where(e.not(e.gt(a, b)), a, b)]],
  where: [
    [[u(2, 3), v(3)], (a, b) => e.where(e.lt(0, a), a, b)],
    [[u(3), v(2, 1)], (a, b) => e.where(e.lt(iota([2, 3], 1), 1), a, b)],
  ],
  cast: [[[u(3)], (a) => e.mul(a, e.cast(e.cast(a, "i32"), "f32"))]],
}
