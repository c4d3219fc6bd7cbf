/**
 * SPEC A1: the gradient rule of every op against central finite differences in float64, on shapes that broadcast and
 * shapes with extents of 1, under an upstream gradient with every element its own and under one that is a scalar.
 */
import { describe, expect, test } from "vitest"
import { sizeOf } from "../../../src/base/ndarray.ts"
import { gelu, logSoftmax, relu, sigmoid, softmax } from "../../../src/tensor/activation.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients, valueAndGradients } from "../../../src/tensor/gradient.ts"
import { gather, oneHot, putAlong, scatterAdd, takeAlong } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { OpName } from "../../../src/tensor/op.ts"
import { argmax, cumsum, logSumExp, mean, reduceMax, reduceMin, reduceSum, variance } from "../../../src/tensor/reduce.ts"
import { broadcastTo, concat, pad, repeatInterleave, reshape, slice, split, stack, transpose } from "../../../src/tensor/reshape.ts"
import { constant, input, iota } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { interpretWide, type Wide } from "../../support/interpreter.ts"
import { expectClose } from "../../support/close.ts"
import { checkGradients, finiteDifference, integers, uniform } from "./finite-difference.ts"

type Case = readonly [inputs: readonly Wide[], f: (a: Expr, b: Expr, c: Expr) => Expr]

const u = (...shape: number[]): Wide => uniform(`u${shape.join()}`, shape)
const v = (...shape: number[]): Wide => uniform(`v${shape.join()}`, shape)
const positive = (...shape: number[]): Wide => uniform(`p${shape.join()}`, shape, 0.5, 2)
/** All different and at least 0.05 apart, so that no finite difference crosses a tie. */
const spaced = (...shape: number[]): Wide => ({ ...u(...shape), data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7) % 11) * 0.31 - 1.5 + i * 0.053) })

const unaryOf = (f: (x: Expr) => Expr, of = u): readonly Case[] => [[[of(2, 3)], f], [[of()], f], [[of(1, 2, 1)], f]]
const binaryOf = (f: (a: Expr, b: Expr) => Expr, of = u, by = v): readonly Case[] => [
  [[of(2, 3), by(2, 3)], f],
  [[of(2, 3), by(3)], f],
  [[of(3), by(2, 1)], f],
  [[of(1, 3), by(4, 2, 1)], f],
  [[of(), by(2, 2)], f],
  [[of(2, 1, 3), by(1)], f],
  [[of(2, 3)], (a) => f(a, a)],
]
const indices = integers([2, 2], [3, 0, 3, 1])

const cases: { readonly [Op in OpName]: readonly Case[] } = {
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
  cumsum: [[[u(2, 3, 2)], (a) => cumsum(a, 1)], [[u(4)], (a) => cumsum(a)], [[u(2, 1)], (a) => cumsum(a, 1)]],
  softmax: [[[u(2, 3)], (a) => softmax(a)], [[u(2, 3, 2)], (a) => softmax(a, 1)], [[u(3, 1)], (a) => softmax(a)]],
  log_softmax: [[[u(2, 3)], (a) => logSoftmax(a)], [[u(2, 3, 2)], (a) => logSoftmax(a, 0)], [[u(3, 1)], (a) => logSoftmax(a)]],

  reshape: [[[u(2, 3)], (a) => reshape(a, [3, -1])], [[u(1)], (a) => reshape(a, [])]],
  transpose: [[[u(2, 3, 4)], (a) => transpose(a, [2, 0, 1])], [[u(2, 3, 1)], (a) => transpose(a)], [[u(2, 3)], (a) => e.mul(reduceSum(transpose(a), 0), 2)]],
  broadcast: [[[u(3, 1)], (a) => broadcastTo(a, [2, 3, 4])], [[u()], (a) => broadcastTo(a, [2])]],
  slice: [
    [[u(5, 3)], (a) => slice(a, { axis: 0, start: 1, end: 4 }, { axis: -1, start: -1 })],
    [[u(7, 3)], (a) => slice(a, { axis: 0, start: 1, step: 3 }, { axis: 1, step: 2 })],
    [[u(6)], (a) => slice(a, { axis: 0, step: 5, end: 6 })],
    [[u(2, 6)], (a) => split(a, 3).reduce((x, y) => e.mul(x, y))],
    [[u(2, 6)], (a) => split(a, [1, 2, 3]).map((x) => reduceSum(x, 1)).reduce((x, y) => e.mul(x, y))],
    [[u(2, 6)], (a) => slice(a, { axis: 1, start: 3, end: 3 })],
  ],
  pad: [[[u(2, 3)], (a) => pad(a, [1, 0], [0, 2], 7)], [[u(1)], (a) => pad(a, [0], [3])]],
  concat: [
    [[u(2, 3), v(2, 1)], (a, b) => concat([a, b, a])],
    [[u(2, 3), v(1, 3)], (a, b) => concat([a, b], 0)],
    [[u(2), v(2)], (a, b) => stack([a, b], -1)],
  ],

  gather: [[[u(4, 3), indices], (a, i) => gather(a, i)], [[u(2, 4, 3), indices], (a, i) => gather(a, i, 1)], [[u(4), integers([], [2])], (a, i) => gather(a, i)]],
  scatter_add: [[[u(2, 2, 3), indices], (a, i) => scatterAdd(i, a, 0, 5)], [[u(2, 2, 2), indices], (a, i) => scatterAdd(i, a, 1, 4)]],
  take_along: [[[u(2, 4), indices], (a, i) => takeAlong(a, i)], [[u(4, 2), indices], (a, i) => takeAlong(a, i, 0)]],
  put_along: [[[u(2, 2), indices], (a, i) => putAlong(i, a, 1, 4)], [[u(2, 2), indices], (a, i) => putAlong(i, a, 0, 5)]],

  stop_gradient: [[[u(3)], (a) => e.add(e.mul(a, 2), e.sub(e.stopGradient(a), e.stopGradient(a)))]],
}

const variablesOf = (values: readonly Wide[]) => {
  const named = Object.fromEntries(values.map((value, i) => [`x${i}`, value]))
  return { named, variables: Object.fromEntries(values.map(({ shape, dtype }, i) => [`x${i}`, input(`x${i}`, shape, dtype)])) }
}

const check = ([values, f]: Case, how: "weighted" | "mean" | "partly"): void => {
  const { named, variables } = variablesOf(values)
  const y = f(...(Object.values(variables) as [Expr, Expr, Expr]))
  if (how === "mean") return checkGradients(mean(e.square(y)), variables, named)
  // Multiplied by the loss seen from the other side, so that the upstream gradient is not the seed itself.
  if (how === "partly") return checkGradients(reduceSum(y), variables, named)
  const weights = uniform("weights", y.shape)
  const w = input("w", y.shape)
  checkGradients(reduceSum(e.mul(y, w)), { ...variables, w }, { ...named, w: weights })
}

describe("A1: the gradient of an op agrees with finite differences", () => {
  for (const [op, list] of Object.entries(cases)) {
    test(op, () => {
      for (const each of list) {
        check(each, "weighted")
        check(each, "partly")
        check(each, "mean")
      }
    })
  }
})

const composites: Readonly<Record<string, Case>> = {
  variance: [[u(2, 3)], (a) => variance(a, -1)],
  "log-sum-exp": [[u(2, 3)], (a) => logSumExp(a, -1)],
  sigmoid: [[u(2, 3)], sigmoid],
  relu: [[u(2, 3)], relu],
  "gelu, exact": [[u(2, 3)], (a) => gelu(a)],
  "gelu, tanh": [[u(2, 3)], (a) => gelu(a, "tanh")],
  clip: [[u(2, 3)], (a) => e.clip(a, -0.5, 0.5)],
  rsqrt: [[positive(2, 3)], e.rsqrt],
  "repeat-interleave": [[u(2, 3)], (a) => repeatInterleave(a, 2)],
  "cross-entropy by one-hot": [[u(2, 4), integers([2], [3, 1])], (a, i) => e.neg(reduceSum(e.mul(logSoftmax(a), oneHot(i, 4)), -1))],
}

describe("A1: the gradient of a composite agrees with finite differences", () => {
  for (const [name, each] of Object.entries(composites)) {
    test(name, () => {
      check(each, "weighted")
      check(each, "mean")
    })
  }
})

describe("A2: gradients have gradients", () => {
  const second: Readonly<Record<string, Case>> = {
    "attention-like": [[u(2, 3), v(3, 3)], (a, b) => softmax(matmul(a, matmul(b, a, { transposeB: true })))],
    "log-softmax": [[u(2, 3)], (a) => e.square(logSoftmax(a))],
    "layer norm": [[u(2, 3)], (a) => e.square(e.mul(e.sub(a, mean(a, -1, true)), e.rsqrt(e.add(variance(a, -1, true), 0.1))))],
    gelu: [[u(3)], (a) => gelu(e.mul(a, a))],
    power: [[positive(3), u(3)], (a, b) => e.pow(a, b)],
    "indexing and running sums": [[u(2, 4), indices], (a, i) => e.exp(e.mul(cumsum(takeAlong(a, i)), 0.3))],
  }
  for (const [name, [values, f]] of Object.entries(second)) {
    test(`${name}: a Hessian-vector product is the finite difference of the gradient`, () => {
      const { named, variables } = variablesOf(values)
      const loss = reduceSum(f(...(Object.values(variables) as [Expr, Expr, Expr])))
      const floats = Object.values(variables).filter((x) => x.dtype === "f32")
      const along = gradients(loss, floats)
        .map((g, i) => reduceSum(e.mul(g, constant({ dtype: "f32", shape: g.shape, data: Float32Array.from(uniform(`direction${i}`, g.shape).data) }))))
        .reduce((a, b) => e.add(a, b))
      checkGradients(along, variables, named)
    })
  }
})

describe("A3: what the backward pass leaves out", () => {
  const [x, w, unused] = [input("x", [2, 3]), input("w", [3, 4]), input("unused", [5])]

  test("where no path leads, the gradient is zeros of the right shape", () => {
    const [g, stopped] = gradients(reduceSum(matmul(e.stopGradient(x), w)), [unused, x])
    expect([g?.shape, stopped?.shape]).toEqual([[5], [2, 3]])
    const program = makeProgram({ outputs: { g: g as Expr, stopped: stopped as Expr } })
    const values = interpretWide(program, {})
    expect([...(values["g"]?.data ?? []), ...(values["stopped"]?.data ?? [])]).toEqual(Array(11).fill(0))
    expect(program.steps.some((step) => step.op === "matmul")).toBe(false)
  })

  test("nothing is computed for operands without a variable", () => {
    const loss = reduceSum(e.square(matmul(x, w)))
    const products = (wrt: readonly Expr[]) =>
      makeProgram({ outputs: Object.fromEntries(gradients(loss, wrt).map((g, i) => [`${i}`, g])) }).steps.filter((step) => step.op === "matmul").length
    expect([products([w]), products([x, w])]).toEqual([2, 3])
  })

  test("a stack of activations times a matrix has one weight-gradient product of two axes, and no sum", () => {
    const [a, b] = [input("a", [2, 3, 4]), input("b", [4, 5])]
    const [g] = gradients(reduceSum(e.square(matmul(a, b))), [b])
    const program = makeProgram({ outputs: { g: g as Expr } })
    expect(program.steps.filter((step) => step.op === "matmul").map((step) => step.shape)).toEqual([[6, 5], [4, 5]])
    expect(program.steps.filter((step) => ["reduce_sum", "transpose", "broadcast"].includes(step.op))).toEqual([])
  })

  test("the gradient of slices that tile a tensor is one concatenation", () => {
    const [p, q, r] = split(input("a", [2, 6]), 3) as [Expr, Expr, Expr]
    const [g] = gradients(reduceSum(e.mul(e.mul(p, q), r)), [p.args[0] as Expr])
    const ops = makeProgram({ outputs: { g: g as Expr } }).steps.map((step) => step.op)
    expect([ops.filter((op) => op === "concat").length, ops.includes("pad"), ops.includes("add")]).toEqual([1, false, false])
  })

  test("the upstream gradient of a mean stays a scalar", () => {
    const [g] = gradients(mean(e.square(x)), [x])
    expect(makeProgram({ outputs: { g: g as Expr } }).steps.map((step) => step.op)).toEqual(["constant", "input", "mul"].sort((a, b) => (a === "input" ? 1 : 0) - (b === "input" ? 1 : 0)))
  })

  test("a variable may be the middle of a trace", () => {
    const middle = matmul(x, w)
    const [g] = gradients(reduceSum(e.exp(middle)), [middle])
    expect(g?.op).toBe("exp")
  })

  test("a chain of 20,000 ops does not overflow the stack", () => {
    let y: Expr = input("s", [])
    for (let i = 0; i < 20_000; i++) y = e.sin(y)
    const [g] = gradients(y, [input("s", [])])
    expect(g?.shape).toEqual([])
    const start = input("s", [])
    let z: Expr = start
    for (let i = 0; i < 20_000; i++) z = e.sin(z)
    const program = makeProgram({ outputs: { g: gradients(z, [start])[0] as Expr } })
    expect(program.steps.length).toBeGreaterThan(40_000)
    verify(program)
  })
})

test("relu has no gradient at 0, and equal largest elements share theirs", () => {
  const x = input("x", [3])
  const zero = { dtype: "f32", shape: [3], data: Float64Array.from([0, 1, 1]) } as const
  const [a] = gradients(reduceSum(relu(x)), [x])
  const [b] = gradients(reduceMax(x), [x])
  const values = interpretWide(makeProgram({ outputs: { a: a as Expr, b: b as Expr } }), { x: zero })
  expect([[...(values["a"]?.data ?? [])], [...(values["b"]?.data ?? [])]]).toEqual([[0, 1, 1], [0, 0.5, 0.5]])
})

test("value and gradients come under the names of the weights", () => {
  const weights = { a: input("a", [3]), b: input("b", [3]) }
  const { value, gradients: found } = valueAndGradients(({ a, b }) => reduceSum(e.mul(a as Expr, b as Expr)), weights)
  const at = { a: u(3), b: v(3) }
  const values = interpretWide(makeProgram({ outputs: { value, ...found } }), at)
  expectClose(values["a"], finiteDifference(value, at, "a"), 1e-8)
  expectClose(values["b"], at.a, 1e-8)
})

test("a loss that is no scalar, and a gradient by integers, are refused", () => {
  const x = input("x", [2])
  expect(() => gradients(x, [x])).toThrow("gradients(f32[2]): expected a loss that is one f32")
  expect(() => gradients(reduceSum(x), [input("i", [2], "i32")])).toThrow("gradients(i32[2]): expected gradients with respect to f32 only")
})
