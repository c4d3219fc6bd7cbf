/** Programs from lists of numbers: every list is a program, so a failing one shrinks to the few ops that matter. */
import { type NdArray, ndarray, type Shape, sizeOf, type Tensors } from "../../../src/base/ndarray.ts"
import { softmax } from "../../../src/tensor/activation.ts"
import { add, cast, lt, max, mul, neg, sub, tanh, where } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gather, putAlong, scatterAdd, takeAlong } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { argmax, cumsum, reduceMax, reduceSum } from "../../../src/tensor/reduce.ts"
import { broadcastTo, concat, pad, reshape, slice, transpose } from "../../../src/tensor/reshape.ts"
import { broadcastShapes, equalShapes, withAxis } from "../../../src/tensor/shape.ts"
import { constant, input, iota } from "../../../src/tensor/source.ts"

/** Which op, on which values of those made before, with which variation. */
export type Instruction = readonly [op: number, first: number, second: number, variation: number]

export interface RandomProgram {
  readonly program: Program
  readonly inputs: Tensors
}

const largest = 2000
const pick = <A>(from: readonly A[], n: number): A => from[n % from.length] as A
const wave = (shape: Shape, phase: number): NdArray =>
  ndarray("f32", shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + phase)))

/** Integer arrays become inputs, so that nothing about them is known to the lowering. */
class Inputs {
  readonly arrays: Record<string, NdArray> = {}
  readonly exprs: Expr[] = []

  add(array: NdArray): Expr {
    const name = `input${this.exprs.length}`
    this.arrays[name] = array
    const expr = input(name, array.shape, array.dtype)
    this.exprs.push(expr)
    return expr
  }

  indices(shape: Shape, below: number, seed: number): Expr {
    return this.add(ndarray("i32", shape, Int32Array.from({ length: sizeOf(shape) }, (_, i) => (i * 7 + seed) % below)))
  }
}

type Move = (x: Expr, y: Expr, n: number, inputs: Inputs) => Expr | undefined

const pairwise = (f: (a: Expr, b: Expr) => Expr): Move => (x, y) => (broadcastShapes(x.shape, y.shape) === undefined ? undefined : f(x, y))
const along = (f: (x: Expr, axis: number, n: number, inputs: Inputs) => Expr): Move => (x, _, n, inputs) =>
  x.shape.length === 0 ? undefined : f(x, n % x.shape.length, n >> 2, inputs)

const moves: readonly Move[] = [
  (x) => tanh(x),
  (x) => neg(x),
  (x, _, n) => mul(x, pick([0.5, -2, 1, 3], n)),
  pairwise(add),
  pairwise(sub),
  pairwise(mul),
  pairwise(max),
  pairwise((x, y) => where(lt(x, y), x, y)),
  (x, _, n) => {
    const size = sizeOf(x.shape)
    return reshape(x, size % 2 === 0 ? pick([[2, size / 2], [size / 2, 1, 2]], n) : [size, 1])
  },
  (x, _, n) => transpose(x, x.shape.map((_extent, i) => (i + n) % x.shape.length)),
  (x, _, n) => slice(x, ...x.shape.map((extent, i) => ({ axis: i, start: (n + i) % extent, step: 1 + ((n >> 1) % 2) }))),
  (x, _, n) => pad(x, x.shape.map((_extent, i) => (n + i) % 2), x.shape.map((_extent, i) => (n >> i) % 3), pick([0, 1.5], n)),
  along((x, axis) => concat([x, neg(x), x], axis)),
  (x, y, n) => (x.shape.length > 0 && equalShapes(x.shape, y.shape) ? concat([y, x], n % x.shape.length) : undefined),
  (x, _, n) => broadcastTo(x, [1 + (n % 3), ...x.shape]),
  along((x, axis, n) => reduceSum(x, axis, n % 2 === 0)),
  (x, _, n) => reduceSum(x, undefined, n % 2 === 0),
  along((x, axis, n) => reduceMax(x, axis, n % 2 === 0)),
  along((x, axis) => softmax(x, axis)),
  along((x, axis) => cumsum(x, axis)),
  along((x, axis) => cast(argmax(x, axis), "f32")),
  along((x, axis) => add(x, cast(iota(x.shape, axis), "f32"))),
  along((x, axis, n, inputs) => gather(x, inputs.indices(pick([[3], [2, 2]], n), x.shape[axis] ?? 1, n), axis)),
  along((x, axis, n, inputs) => scatterAdd(inputs.indices([x.shape[axis] ?? 1], 3, n), x, axis, 3)),
  along((x, axis, n, inputs) => takeAlong(x, inputs.indices(withAxis(x.shape, axis, 1 + (n % 3)), x.shape[axis] ?? 1, n), axis)),
  along((x, axis, n, inputs) => putAlong(inputs.indices(x.shape, 4, n), x, axis, 4)),
  (x, y, n) => {
    const options = { transposeA: n % 2 === 1, transposeB: n % 4 > 1 }
    if (x.shape.length < 2 || y.shape.length < 2) return undefined
    if (x.shape.at(options.transposeA ? -2 : -1) !== y.shape.at(options.transposeB ? -1 : -2)) return undefined
    return broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2)) === undefined ? undefined : matmul(x, y, options)
  },
  (x) => (x.shape.length < 2 ? undefined : matmul(x, x, { transposeB: true })),
]

/** The program that these instructions make; those that do not fit the values they name do nothing. */
export const randomProgram = (instructions: readonly Instruction[]): RandomProgram => {
  const inputs = new Inputs()
  const values = [inputs.add(wave([2, 3, 4], 1)), inputs.add(wave([4, 5], 2)), inputs.add(wave([3, 1], 3)), constant(0.75)]
  for (const [op, first, second, variation] of instructions) {
    const recent = (n: number): Expr => values.at(-1 - (n % values.length)) as Expr
    const made = pick(moves, op)(recent(first), recent(second), variation, inputs)
    if (made !== undefined && sizeOf(made.shape) > 0 && sizeOf(made.shape) <= largest) values.push(made)
  }
  const outputs = Object.fromEntries(values.slice(-3).map((value, i) => [`output${i}`, value]))
  return { program: makeProgram({ inputs: inputs.exprs, outputs }), inputs: inputs.arrays }
}
