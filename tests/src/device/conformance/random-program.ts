/**
 * Random programs of a few dozen ops: smooth everywhere and bounded, so that f32 and f64 stay close and gradients
 * exist. Equal seeds give equal programs, and a shorter one is the beginning of a longer one.
 */
import type { Shape, Tensors } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import { gelu, logSoftmax, sigmoid, softmax } from "../../../../src/tensor/activation.ts"
import {
  abs, add, clip, cos, div, eq, erf, exp, lt, max, min, mul, neg, pow, reciprocal, rsqrt, sin, sqrt, square, stopGradient, sub, tanh, where,
} from "../../../../src/tensor/elementwise.ts"
import { asinh, expm1, log1p, sinh } from "../../../../src/tensor/exponential.ts"
import type { Expr, Exprs } from "../../../../src/tensor/expr.ts"
import { gather, oneHot, putAlong, scatterAdd, takeAlong } from "../../../../src/tensor/indexing.ts"
import { matmul } from "../../../../src/tensor/linear-algebra.ts"
import { conv2d } from "../../../../src/tensor/convolution.ts"
import { scan } from "../../../../src/tensor/loop.ts"
import { sort, topK } from "../../../../src/tensor/order.ts"
import { avgPool2d, maxPool2d } from "../../../../src/tensor/pooling.ts"
import { cumsum, logSumExp, mean, reduceMax, reduceMin, reduceSum, variance } from "../../../../src/tensor/reduce.ts"
import { broadcastTo, concat, expandDims, pad, repeatInterleave, reshape, slice, split, stack, transpose } from "../../../../src/tensor/reshape.ts"
import { broadcastShapes } from "../../../../src/tensor/shape.ts"
import { atan, tan } from "../../../../src/tensor/trigonometry.ts"
import { input, iota } from "../../../../src/tensor/source.ts"
import { floats, ints } from "./values.ts"

const floatShapes: { readonly [name: string]: Shape } = { a: [3, 5], b: [5], c: [3, 1], d: [5, 4], e: [2, 3, 5], f: [] }

/** Arguments for every random program. */
export const randomArguments = (random: Random): Tensors => ({
  ...Object.fromEntries(Object.entries(floatShapes).map(([name, shape]) => [name, floats(random.fork(name), shape, -1, 1)])),
  rows: ints(random.fork("rows"), [4], 0, 2),
})

/** The inputs those arguments are for: `a` to `f` are f32, `rows` is i32. */
export const randomInputs = (): Exprs => ({
  ...Object.fromEntries(Object.entries(floatShapes).map(([name, shape]) => [name, input(name, shape)])),
  rows: input("rows", [4], "i32"),
})

export const differentiable = Object.keys(floatShapes)

const rank = (x: Expr): number => x.shape.length

type Make = (x: Expr, y: Expr, rows: Expr) => Expr | undefined

const ofRank = (n: number, make: Make): Make => (x, y, rows) => (rank(x) >= n ? make(x, y, rows) : undefined)
const fitting =
  (make: Make): Make =>
  (x, y, rows) => {
    const shape = broadcastShapes(x.shape, y.shape)
    return shape !== undefined && shape.length <= 3 ? make(x, y, rows) : undefined
  }

/** Ways to get a value from two others and a vector of four small indices; `undefined` where the shapes do not fit. */
const makers = (): readonly Make[] => [
  (x) => tanh(x),
  (x) => sin(mul(x, 2)),
  (x) => cos(x),
  (x) => erf(x),
  (x) => gelu(x),
  (x) => sigmoid(x),
  (x) => exp(tanh(x)),
  (x) => rsqrt(add(square(x), 0.5)),
  fitting((x, y) => add(x, y)),
  fitting((x, y) => mul(x, y)),
  fitting((x, y) => sub(x, tanh(y))),
  fitting((x, y) => {
    const shape = [2, ...broadcastShapes(x.shape, y.shape)!]
    return shape.length <= 3 ? mul(broadcastTo(x, shape), broadcastTo(y, shape)) : undefined
  }),
  fitting((x, y) => div(x, add(square(y), 1))),
  fitting((x, y) => max(x, sub(y, 3))),
  ofRank(1, (x) => softmax(x)),
  ofRank(2, (x) => softmax(x, 0)),
  ofRank(1, (x) => tanh(logSoftmax(x))),
  ofRank(1, (x) => mean(x, -1, true)),
  ofRank(1, (x) => sub(x, mean(x, -1, true))),
  ofRank(2, (x) => reduceSum(x, 0)),
  ofRank(1, (x) => sub(x, reduceMax(x, -1, true))),
  ofRank(1, (x) => cumsum(x)),
  ofRank(2, (x) => transpose(x, [...x.shape.keys()].reverse())),
  ofRank(2, (x) => reshape(x, [x.shape[0]!, -1])),
  ofRank(1, (x) => (x.shape[0]! > 1 ? slice(x, { axis: 0, start: 1 }) : undefined)),
  ofRank(1, (x) => pad(x, x.shape.map(() => 0), x.shape.map((_, i) => (i === 0 ? 1 : 0)))),
  ofRank(1, (x) => concat([x, tanh(x)], 0)),
  ofRank(1, (x, _, rows) => (x.shape[0]! >= 2 ? gather(x, rows) : undefined)),
  (x, _, rows) => (rank(x) === 2 && x.shape[0] === 4 && x.shape[1]! >= 2 ? takeAlong(x, reshape(rows, [4, 1])) : undefined),
  ofRank(2, (x, y) => (rank(y) === 2 && x.shape.at(-1) === y.shape[0] ? matmul(x, y) : undefined)),
  ofRank(2, (x, y) => (rank(y) === 2 && x.shape.at(-1) === y.shape.at(-1) ? matmul(x, y, { transposeB: true }) : undefined)),
  ofRank(2, (x) => matmul(x, x, { transposeA: true })),
  ofRank(1, (x, y) => where(eq(iota(x.shape), 1), x, rank(y) === 0 ? y : 0.25)),
  (x) => (rank(x) <= 1 ? broadcastTo(x, [2, ...x.shape]) : undefined),
  (x) => log1p(square(x)),
  (x) => expm1(tanh(x)),
  (x) => mul(atan(x), 0.7),
  (x) => tan(tanh(x)),
  (x) => asinh(sinh(sin(x))),
  (x) => sqrt(add(abs(x), 0.25)),
  (x) => reciprocal(add(exp(neg(x)), 1)),
  (x) => clip(x, -0.75, 0.75),
  (x) => add(stopGradient(cos(x)), x),
  fitting((x, y) => min(x, add(y, 2))),
  fitting((x, y) => pow(add(square(x), 0.5), tanh(y))),
  // Not at x = y: a value and its sine are as good as equal near 0.
  fitting((x, y) => where(lt(x, add(y, 0.3)), x, mul(y, 0.5))),
  ofRank(1, (x) => logSumExp(x, 0)),
  ofRank(1, (x) => reduceMin(x, -1)),
  ofRank(2, (x) => variance(x, 0, true)),
  ofRank(1, (x) => (rank(x) < 3 ? stack([x, cos(x)], rank(x)) : undefined)),
  ofRank(1, (x) => repeatInterleave(x, 2, 0)),
  ofRank(1, (x) => (x.shape.at(-1)! % 2 === 0 ? mul(...(split(x, 2) as unknown as readonly [Expr, Expr])) : undefined)),
  ofRank(1, (x) => (x.shape[0]! > 2 ? slice(x, { axis: 0, step: 2 }) : undefined)),
  ofRank(1, (x) => sort(x)),
  ofRank(1, (x) => (x.shape[0]! > 1 ? topK(x, x.shape[0]! - 1, 0, false).values : undefined)),
  ofRank(1, (x) => cumsum(x, 0, { exclusive: true, reverse: true })),
  (x, _, rows) => (x.shape[0] === 4 ? scatterAdd(rows, x, 0, 3) : undefined),
  (x, _, rows) => (rank(x) === 1 && x.shape[0] === 4 ? putAlong(rows, x, 0, 5) : undefined),
  (x, _, rows) => (rank(x) === 2 && x.shape[0] === 2 ? matmul(oneHot(rows, 2), x) : undefined),
  ofRank(2, (x) => (pictured(x) ? convolved(x) : undefined)),
  ofRank(2, (x) => running(x)),
  (x) => (pictured(x) ? maxPool2d(x, 2, { stride: 1 }) : undefined),
  (x) => (pictured(x) ? avgPool2d(x, [2, 1], { padding: 1 - (x.shape[1]! % 2) }) : undefined),
]

/** Channels of at least two rows and columns. */
const pictured = ({ shape }: Expr): boolean => shape.length === 3 && shape[1]! >= 2 && shape[2]! >= 2

/** The channels of a picture by themselves as filters of 2 x 2, cut from their upper left corners. */
const convolved = (x: Expr): Expr => {
  const corner = slice(x, { axis: 1, end: 2 }, { axis: 2, end: 2 })
  return reshape(conv2d(expandDims(x, 0), expandDims(corner, 1), { groups: x.shape[0]! }), [x.shape[0]!, x.shape[1]! - 1, x.shape[2]! - 1])
}

/** A recurrence along the first axis. */
const running = (x: Expr): Expr => {
  const start = mul(reduceSum(x, 0), 0.1)
  return scan({ carry: { h: start }, over: { x } }, (state, now) => {
    const h = tanh(add(mul(state.h, 0.5), now.x))
    return { carry: { h }, out: { h } }
  }).out.h
}

const small = ({ shape }: Expr): boolean => shape.length <= 3 && shape.reduce((n, extent) => n * extent, 1) <= 120

/** A value made of `count` random ops from `inputs`, each op result squashed now and then so that nothing explodes. */
export const randomValue = (random: Random, { rows, ...given }: Exprs, count: number): Expr => {
  const pool = Object.values(given)
  const all = makers()
  let draw = 0
  const pick = <A>(list: readonly A[]): A => list[random.below(draw++, list.length)]!
  // Later values are likelier, so that programs get deep.
  const value = () => pick(random.uniform(draw++) < 0.5 ? pool : pool.slice(-4))
  for (let made = 0; made < count; ) {
    const result = pick(all)(value(), value(), rows!)
    if (result === undefined || !small(result)) continue
    pool.push(made % 5 === 4 ? tanh(result) : result)
    made++
  }
  return concat(pool.slice(-6).map((x) => reshape(tanh(x), [-1])), 0)
}
