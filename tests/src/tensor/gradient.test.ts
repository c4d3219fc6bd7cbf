/**
 * SPEC A1: the gradient rule of every op against central finite differences in float64, on shapes that broadcast and
 * shapes with extents of 1, under an upstream gradient with every element its own and under one that is a scalar.
 */
import { describe, expect, test } from "vitest"
import { sizeOf } from "../../../src/base/ndarray.ts"
import { gelu, logSoftmax, relu, sigmoid, silu, softmax, softplus } from "../../../src/tensor/activation.ts"
import { conv2d, convTranspose2d } from "../../../src/tensor/convolution.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import * as x from "../../../src/tensor/exponential.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { valueAndGrad } from "../../../src/tensor/derivative.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { oneHot, takeAlong } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { cumsum, logSumExp, mean, reduceMax, reduceSum, variance } from "../../../src/tensor/reduce.ts"
import { repeatInterleave, split } from "../../../src/tensor/reshape.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { floor, round, sign } from "../../../src/tensor/rounding.ts"
import { acos, asin, atan2, tan } from "../../../src/tensor/trigonometry.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { interpretWide, type Wide } from "../../support/interpreter.ts"
import { expectClose } from "../../support/close.ts"
import { checkGradients, finiteDifference, hosted, integers, uniform } from "./finite-difference.ts"
import { cases, indices, positive, u, v, type Case } from "./op-cases.ts"

const variablesOf = (values: readonly Wide[]) => {
  const named = Object.fromEntries(values.map((value, i) => [`x${i}`, value]))
  return { named, variables: Object.fromEntries(values.map(({ shape, dtype }, i) => [`x${i}`, input(`x${i}`, shape, dtype)])) }
}

const check = ([values, f]: Case, how: "weighted" | "sum" | "mean"): void => {
  const { named, variables } = variablesOf(values)
  const y = f(...(Object.values(variables) as [Expr, Expr, Expr]))
  if (how === "mean" && sizeOf(y.shape) > 0) return checkGradients(mean(e.square(y)), variables, named)
  if (how === "sum") return checkGradients(reduceSum(y), variables, named)
  const weights = uniform("weights", y.shape)
  const w = input("w", y.shape)
  checkGradients(reduceSum(e.mul(y, w)), { ...variables, w }, { ...named, w: weights })
}

describe("A1: the gradient of an op agrees with finite differences", () => {
  for (const [op, list] of Object.entries(cases)) {
    test(op, () => {
      for (const each of list) {
        check(each, "weighted")
        check(each, "sum")
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
  "clip by tensors": [[u(2, 3), v(3), positive(2, 1)], (a, b, c) => e.clip(a, b, e.add(b, c))],
  softplus: [[u(2, 3)], softplus],
  silu: [[u(2, 3)], silu],
  exp2: [[u(2, 3)], x.exp2],
  "log2 and log10": [[positive(2, 3)], (a) => e.mul(x.log2(a), x.log10(a))],
  "log-add-exp": [[u(2, 3), v(3)], x.logAddExp],
  cbrt: [[u(2, 3)], x.cbrt],
  hypot: [[u(2, 3), v(2, 1)], x.hypot],
  "sinh and cosh": [[u(2, 3)], (a) => e.mul(x.sinh(a), x.cosh(a))],
  asinh: [[u(2, 3)], x.asinh],
  acosh: [[positive(2, 3)], (a) => x.acosh(e.add(a, 1))],
  atanh: [[u(2, 3)], (a) => x.atanh(e.mul(a, 0.4))],
  tan: [[u(2, 3)], (a) => tan(e.mul(a, 0.6))],
  "asin and acos": [[u(2, 3)], (a) => e.mul(asin(e.mul(a, 0.4)), acos(e.mul(a, 0.4)))],
  atan2: [[u(2, 3), v(3)], atan2],
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

/** The change of the gradient of `loss` along a direction, as a loss of its own: its gradient is a Hessian-vector product. */
const alongOneDirection = (loss: Expr, variables: readonly Expr[]): Expr =>
  gradients(loss, variables)
    .map((g, i) => reduceSum(e.mul(g, constant(hosted(uniform(`direction${i}`, g.shape))))))
    .reduce((a, b) => e.add(a, b))

const checkSecond = ([values, f]: Case, bend: (y: Expr) => Expr, tolerance?: number): void => {
  const { named, variables } = variablesOf(values)
  const all = Object.values(variables)
  const loss = reduceSum(bend(f(...(all as [Expr, Expr, Expr]))))
  checkGradients(alongOneDirection(loss, all.filter((x) => x.dtype === "f32")), variables, named, tolerance)
}

describe("A2: a Hessian-vector product of an op is the finite difference of its gradient", () => {
  // A sine, so that linear ops have second derivatives too.
  for (const [op, list] of Object.entries(cases)) test(op, () => list.forEach((each) => checkSecond(each, e.sin, 1e-5)))
})

describe("A2: gradients have gradients", () => {
  const second: Readonly<Record<string, Case>> = {
    "attention-like": [[u(2, 3), v(3, 3)], (a, b) => softmax(matmul(a, matmul(b, a, { transposeB: true })))],
    "log-softmax": [[u(2, 3)], (a) => e.square(logSoftmax(a))],
    "layer norm": [[u(2, 3)], (a) => e.square(e.mul(e.sub(a, mean(a, -1, true)), e.rsqrt(e.add(variance(a, -1, true), 0.1))))],
    gelu: [[u(3)], (a) => gelu(e.mul(a, a))],
    convolution: [[u(1, 2, 3, 3), v(2, 1, 2, 2)], (a, b) => e.square(conv2d(e.square(a), b, { stride: 2, padding: 1, groups: 2 }))],
    "transposed convolution": [[u(1, 2, 2, 2), v(2, 2, 2, 2)], (a, b) => e.square(convTranspose2d(a, e.square(b), { stride: 2, padding: 1 }))],
    power: [[positive(3), u(3)], (a, b) => e.pow(a, b)],
    "indexing and running sums": [[u(2, 4), indices], (a, i) => e.exp(e.mul(cumsum(takeAlong(a, i)), 0.3))],
  }
  for (const [name, each] of Object.entries(second)) {
    test(`${name}: a Hessian-vector product is the finite difference of the gradient`, () => checkSecond(each, (y) => y))
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
      makeProgram({ outputs: Object.fromEntries(gradients(loss, wrt).map((g, i) => [`${i}`, g])) }).steps.filter(
        (step) => step.op === "matmul",
      ).length
    expect([products([w]), products([x, w])]).toEqual([2, 3])
  })

  test("a stack of activations times a matrix has one weight-gradient product of two axes, and no sum", () => {
    const [a, b] = [input("a", [2, 3, 4]), input("b", [4, 5])]
    const [g] = gradients(reduceSum(e.square(matmul(a, b))), [b])
    const program = makeProgram({ outputs: { g: g as Expr } })
    expect(program.steps.filter((step) => step.op === "matmul").map((step) => step.shape)).toEqual([
      [6, 5],
      [4, 5],
    ])
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
    expect(
      makeProgram({ outputs: { g: g as Expr } })
        .steps.map((step) => step.op)
        .sort(),
    ).toEqual(["constant", "input", "mul"])
  })

  test("inputs are one variable by their name, however often they were made", () => {
    const square = e.mul(input("a", [2]), input("a", [2]))
    const at = { a: u(2) }
    checkGradients(reduceSum(square), { a: input("a", [2]) }, at)
  })

  test("a variable may be the middle of a trace, with another below it", () => {
    const y = e.sin(x)
    const [gy, gx] = gradients(reduceSum(e.exp(y)), [y, x])
    expect([gy?.op, gx?.args[0]]).toEqual(["exp", gy])
  })

  test("a variable may be the middle of a trace", () => {
    const middle = matmul(x, w)
    const [g] = gradients(reduceSum(e.exp(middle)), [middle])
    expect(g?.op).toBe("exp")
  })

  test("a chain of 20,000 ops does not overflow the stack", () => {
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
  expect([[...(values["a"]?.data ?? [])], [...(values["b"]?.data ?? [])]]).toEqual([
    [0, 1, 1],
    [0, 0.5, 0.5],
  ])
})

test("functions that mirror at 0 have their slope there, and a sum of equals is shared equally", () => {
  const at = input("at", [1])
  const slopeAtZero = (f: (a: Expr) => Expr): number => {
    const [g] = gradients(reduceSum(f(at)), [at])
    return interpretWide(makeProgram({ outputs: { g: g as Expr } }), { at: { dtype: "f32", shape: [1], data: Float64Array.of(0) } })["g"]?.data[0] ?? NaN
  }
  const table = {
    expm1: [x.expm1, 1], sinh: [x.sinh, 1], asinh: [x.asinh, 1], atanh: [x.atanh, 1], asin: [asin, 1], acos: [acos, -1], softplus: [softplus, 0.5],
    silu: [silu, 0.5], "log-add-exp": [(a: Expr) => x.logAddExp(a, e.stopGradient(a)), 0.5], "hypot at the origin": [(a: Expr) => x.hypot(a, a), 0],
  } as const
  for (const [name, [f, slope]] of Object.entries(table)) expect([name, slopeAtZero(f)]).toEqual([name, slope])
})

test("rounding passes no gradient, and the whole of it when it is straight-through; the value is the same (A3)", () => {
  const a = input("a", [4])
  const at = { a: { dtype: "f32", shape: [4], data: Float64Array.from([-1.7, -0.1, 0.3, 2.5]) } } as const
  for (const f of [round, floor, sign]) {
    const outputs = Object.fromEntries(
      [false, true].flatMap((straightThrough) => {
        const y = f(a, { straightThrough })
        const [g] = gradients(reduceSum(e.mul(y, a)), [a])
        return [[`y${straightThrough}`, y], [`g${straightThrough}`, e.sub(g as Expr, y)]]
      }),
    )
    const values = interpretWide(makeProgram({ outputs }), at)
    expect(values["ytrue"]).toEqual(values["yfalse"])
    expect([...(values["gfalse"]?.data ?? [])]).toEqual([0, 0, 0, 0])
    expectClose(values["gtrue"], at.a, 1e-12)
  }
})

test("value and gradients come under the names of the weights", () => {
  const weights = { a: input("a", [3]), b: input("b", [3]) }
  const { value, gradients: found } = valueAndGrad(({ a, b }) => reduceSum(e.mul(a as Expr, b as Expr)))(weights)
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
