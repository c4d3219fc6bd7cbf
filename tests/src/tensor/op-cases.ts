/**
 * Small applications of every op, with operands that broadcast, have extents of 1 or are scalars: what gradient rules (and
 * any other table over `OpName`) are tried on. Operands stay away from ties and poles, so that derivatives exist.
 */
import { sizeOf } from "../../../src/base/ndarray.ts"
import { logSoftmax, softmax } from "../../../src/tensor/activation.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gather, putAlong, scatterAdd, takeAlong } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import type { OpName } from "../../../src/tensor/op.ts"
import { argmax, cumsum, reduceMax, reduceMin, reduceSum } from "../../../src/tensor/reduce.ts"
import { broadcastTo, concat, pad, reshape, slice, split, stack, transpose } from "../../../src/tensor/reshape.ts"
import { constant, iota } from "../../../src/tensor/source.ts"
import type { Wide } from "../../support/interpreter.ts"
import { integers, uniform } from "./finite-difference.ts"

/** Operands, and what is made of them. */
export type Case = readonly [inputs: readonly Wide[], f: (a: Expr, b: Expr, c: Expr) => Expr]

export const u = (...shape: number[]): Wide => uniform(`u${shape.join()}`, shape)
export const v = (...shape: number[]): Wide => uniform(`v${shape.join()}`, shape)
export const positive = (...shape: number[]): Wide => uniform(`p${shape.join()}`, shape, 0.5, 2)
/** All different and at least 0.05 apart, so that no finite difference crosses a tie. */
const spaced = (...shape: number[]): Wide => ({
  ...u(...shape),
  data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7) % 11) * 0.31 - 1.5 + i * 0.053),
})

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
export const indices = integers([2, 2], [3, 0, 3, 1])

export const cases: { readonly [Op in OpName]: readonly Case[] } = {
  input: [[[u(2, 2)], (a) => a]],
  constant: [[[u(2)], (a) => e.mul(a, constant(3))]],
  iota: [[[u(3)], (a) => e.mul(a, e.cast(iota([2, 3], 1), "f32"))]],

  neg: unaryOf((x) => e.neg(e.sin(x))),
  abs: unaryOf(e.abs),
  sign: unaryOf((x) => e.mul(e.sign(x), x)),
  exp: unaryOf(e.exp),
  log: unaryOf(e.log, positive),
  sqrt: unaryOf(e.sqrt, positive),
  reciprocal: unaryOf(e.reciprocal, positive),
  sin: unaryOf(e.sin),
  cos: unaryOf(e.cos),
  tanh: unaryOf(e.tanh),
  erf: unaryOf(e.erf),
  floor: unaryOf((x) => e.mul(e.floor(x), x)),

  add: binaryOf(e.add),
  sub: binaryOf(e.sub),
  mul: binaryOf(e.mul),
  div: binaryOf(e.div, u, positive),
  pow: [...binaryOf(e.pow, positive, v), [[u(3)], (a) => e.pow(a, 3)], [[positive(3)], (a) => e.pow(2, a)]],
  max: binaryOf(e.max),
  min: binaryOf(e.min),

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

  matmul: [
    [[u(2, 3), v(3, 4)], (a, b) => matmul(a, b)],
    [[u(3, 2), v(3, 4)], (a, b) => matmul(a, b, { transposeA: true })],
    [[u(2, 3), v(4, 3)], (a, b) => matmul(a, b, { transposeB: true })],
    [[u(3, 2), v(4, 3)], (a, b) => matmul(a, b, { transposeA: true, transposeB: true })],
    [[u(2, 2, 3), v(3, 4)], (a, b) => matmul(a, b)],
    [[u(2, 2, 3), v(4, 3)], (a, b) => matmul(a, b, { transposeB: true })],
    [[u(2, 3, 2), v(3, 4)], (a, b) => matmul(a, b, { transposeA: true })],
    [[u(3, 2), v(2, 3, 4)], (a, b) => matmul(a, b, { transposeA: true })],
    [[u(2, 1, 2, 3), v(2, 3, 1)], (a, b) => matmul(a, b)],
    [[u(2, 2, 3), v(2, 1, 3)], (a, b) => matmul(a, b, { transposeB: true })],
    [[u(1, 1), v(1, 1)], (a, b) => matmul(a, b)],
  ],

  reduce_sum: [
    [[u(2, 3, 2)], (a) => reduceSum(a)],
    [[u(2, 3, 2)], (a) => reduceSum(a, 1)],
    [[u(2, 3, 2)], (a) => reduceSum(a, [0, -1], true)],
    [[u(2, 3, 2)], (a) => e.mul(reduceSum(a, [0, 1]), reduceSum(a, 0))],
    [[u(1, 3)], (a) => reduceSum(a, 0)],
    [[u()], (a) => reduceSum(a)],
  ],
  reduce_max: [
    [[spaced(2, 3, 2)], (a) => reduceMax(a)],
    [[spaced(2, 3, 2)], (a) => reduceMax(a, 1)],
    [[spaced(2, 3, 2)], (a) => reduceMax(a, [0, 2], true)],
    [[spaced(2, 3)], (a) => reduceMin(a, -1)],
    [[spaced(1, 3)], (a) => reduceMax(a, 0)],
  ],
  argmax: [[[spaced(2, 3)], (a) => e.mul(a, e.cast(argmax(a, 0), "f32"))]],
  cumsum: [
    [[u(2, 3, 2)], (a) => cumsum(a, 1)],
    [[u(4)], (a) => cumsum(a)],
    [[u(2, 1)], (a) => cumsum(a, 1)],
  ],
  softmax: [
    [[u(2, 3)], (a) => softmax(a)],
    [[u(2, 3, 2)], (a) => softmax(a, 1)],
    [[u(3, 1)], (a) => softmax(a)],
  ],
  log_softmax: [
    [[u(2, 3)], (a) => logSoftmax(a)],
    [[u(2, 3, 2)], (a) => logSoftmax(a, 0)],
    [[u(3, 1)], (a) => logSoftmax(a)],
  ],

  reshape: [
    [[u(2, 3)], (a) => reshape(a, [3, -1])],
    [[u(1)], (a) => reshape(a, [])],
  ],
  transpose: [
    [[u(2, 3, 4)], (a) => transpose(a, [2, 0, 1])],
    [[u(2, 3, 1)], (a) => transpose(a)],
    [[u(2, 3)], (a) => e.mul(reduceSum(transpose(a), 0), 2)],
  ],
  broadcast: [
    [[u(3, 1)], (a) => broadcastTo(a, [2, 3, 4])],
    [[u()], (a) => broadcastTo(a, [2])],
  ],
  slice: [
    [[u(5, 3)], (a) => slice(a, { axis: 0, start: 1, end: 4 }, { axis: -1, start: -1 })],
    [[u(7, 3)], (a) => slice(a, { axis: 0, start: 1, step: 3 }, { axis: 1, step: 2 })],
    [[u(6)], (a) => slice(a, { axis: 0, step: 5, end: 6 })],
    [[u(2, 6)], (a) => split(a, 3).reduce((x, y) => e.mul(x, y))],
    [
      [u(2, 6)],
      (a) =>
        split(a, [1, 2, 3])
          .map((x) => reduceSum(x, 1))
          .reduce((x, y) => e.mul(x, y)),
    ],
    [[u(2, 6)], (a) => slice(a, { axis: 1, start: 3, end: 3 })],
  ],
  pad: [
    [[u(2, 3)], (a) => pad(a, [1, 0], [0, 2], 7)],
    [[u(1)], (a) => pad(a, [0], [3])],
  ],
  concat: [
    [[u(2, 3), v(2, 1)], (a, b) => concat([a, b, a])],
    [[u(2, 3), v(1, 3)], (a, b) => concat([a, b], 0)],
    [[u(2), v(2)], (a, b) => stack([a, b], -1)],
  ],

  gather: [
    [[u(4, 3), indices], (a, i) => gather(a, i)],
    [[u(2, 4, 3), indices], (a, i) => gather(a, i, 1)],
    [[u(4), integers([], [2])], (a, i) => gather(a, i)],
  ],
  scatter_add: [
    [[u(2, 2, 3), indices], (a, i) => scatterAdd(i, a, 0, 5)],
    [[u(2, 2, 2), indices], (a, i) => scatterAdd(i, a, 1, 4)],
  ],
  take_along: [
    [[u(2, 4), indices], (a, i) => takeAlong(a, i)],
    [[u(4, 2), indices], (a, i) => takeAlong(a, i, 0)],
  ],
  put_along: [
    [[u(2, 2), indices], (a, i) => putAlong(i, a, 1, 4)],
    [[u(2, 2), indices], (a, i) => putAlong(i, a, 0, 5)],
  ],

  stop_gradient: [[[u(3)], (a) => e.add(e.mul(a, 2), e.sub(e.stopGradient(a), e.stopGradient(a)))]],
}
