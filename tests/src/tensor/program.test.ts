/** SPEC T2: what a traced program contains, and what verify, print and cost say of it. */
import { describe, expect, test } from "vitest"
import { ndarray } from "../../../src/base/ndarray.ts"
import { gelu, softmax } from "../../../src/tensor/activation.ts"
import { cost } from "../../../src/tensor/cost.ts"
import { add, div, exp, mul, neg, sin, sub, where } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { print } from "../../../src/tensor/print.ts"
import type { Program, Step } from "../../../src/tensor/program.ts"
import { mean, reduceMax, reduceSum } from "../../../src/tensor/reduce.ts"
import { broadcastTo, pad, reshape, transpose } from "../../../src/tensor/reshape.ts"
import { constant, input, iota } from "../../../src/tensor/source.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { expectClose } from "../../support/close.ts"
import { interpretWide } from "../../support/interpreter.ts"
import { uniform } from "./finite-difference.ts"
import { cases } from "./op-cases.ts"

const opsOf = (program: Program) => program.steps.map((step) => step.op)
const one = (values: readonly number[]) => constant(ndarray("f32", [values.length], Float32Array.from(values)))

describe("T2: making a program", () => {
  test("equal expressions are one step, however they were built", () => {
    const program = trace({ x: { shape: [3] } }, ({ x }) => ({ y: add(mul(sin(x), sin(x)), exp(sin(x))) }))
    expect(opsOf(program)).toEqual(["input", "sin", "mul", "exp", "add"])
  })

  test("constants are equal by content, and only by content", () => {
    const x = input("x", [2])
    const program = makeProgram({ outputs: { y: add(mul(x, one([1, 2])), mul(one([1, 2]), one([1, 3]))), z: mul(x, one([1, 2])) } })
    expect(opsOf(program).filter((op) => op === "constant")).toHaveLength(2)
  })

  test("what no output needs is left out, but declared inputs stay", () => {
    const program = trace({ used: { shape: [] }, idle: { shape: [2], dtype: "i32" } }, ({ used, idle }) => {
      sin(used)
      add(idle, 1)
      return { y: exp(used) }
    })
    expect(opsOf(program)).toEqual(["input", "input", "exp"])
    expect([program.inputs, program.outputs]).toEqual([{ idle: 0, used: 1 }, { y: 2 }])
  })

  test("without a declaration, inputs are those that the outputs use", () => {
    expect(Object.keys(makeProgram({ outputs: { y: add(input("b", []), input("a", [])) } }).inputs)).toEqual(["a", "b"])
  })

  test("one value may be several outputs, and an input may be an output", () => {
    const program = trace({ x: { shape: [] } }, ({ x }) => ({ b: exp(x), a: exp(x), c: x }))
    expect(program.outputs).toEqual({ a: 1, b: 1, c: 0 })
    verify(program)
  })

  test("the hash is of the structure: same trace, same hash; another attribute, constant, name or shape, another", () => {
    const make = (value: number, axis: number, name: string, extent: number, high: number) =>
      trace({ [name]: { shape: [extent, extent] } }, (xs) => ({
        y: pad(reduceSum(mul(Object.values<Expr>(xs)[0] as Expr, value), axis), [0], [1], high),
      })).hash
    const hashes = [
      make(2, 0, "x", 3, 0),
      make(3, 0, "x", 3, 0),
      make(2, 1, "x", 3, 0),
      make(2, 0, "y", 3, 0),
      make(2, 0, "x", 4, 0),
      make(2, 0, "x", 3, Infinity),
      make(2, 0, "x", 3, -Infinity),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(make(2, 0, "x", 3, 0)).toBe(hashes[0])
  })

  test("two types for one name, and an input that is not declared, are refused", () => {
    expect(() => makeProgram({ outputs: { y: add(input("x", [2]), input("x", [1])) } })).toThrow(
      "input x(f32[1], f32[2]): expected one type for one name",
    )
    expect(() => trace({ x: { shape: [] } }, ({ x }) => ({ y: add(x, input("z", [])) }))).toThrow(
      "input z(f32[]): expected one of the declared inputs: x",
    )
    expect(() => makeProgram({ inputs: [constant(1)], outputs: {} })).toThrow("expected an input expression among the inputs of a program")
  })

  test("functions that would change nothing give their operand back", () => {
    const x = input("x", [2, 3])
    const same = [
      reshape(x, [2, -1]),
      transpose(x, [0, 1]),
      broadcastTo(x, [2, 3]),
      pad(x, [0, 0], [0, 0]),
      add(x, 0),
      sub(x, 0),
      mul(1, x),
      reduceSum(x, []),
    ]
    expect(same.every((y) => y === x)).toBe(true)
    expect(opsOf(makeProgram({ outputs: { y: reshape(reshape(x, [6]), [3, 2]) } }))).toEqual(["input", "reshape"])
  })
})

describe("T2: literal factors", () => {
  const [big, small] = [input("big", [10, 10]), input("small", [10])]
  const shapesOfProducts = (y: Expr) => makeProgram({ outputs: { y } }).steps.flatMap((step) => (step.op === "mul" ? [step.shape] : []))

  test("are multiplied together, sign included", () => {
    const program = makeProgram({ outputs: { y: neg(mul(mul(neg(mul(big, 2)), 3), 0.25)) } })
    expect([opsOf(program), program.steps.flatMap((step) => (step.op === "constant" ? [...step.attrs.value.data] : []))]).toEqual([
      ["input", "constant", "mul"],
      [1.5],
    ])
  })

  test("go to the smallest operand", () => {
    expect(shapesOfProducts(mul(mul(big, small), 2))).toEqual([[10], [10, 10]])
    expect(shapesOfProducts(mul(mul(big, 2), small))).toEqual([[10], [10, 10]])
    expect(shapesOfProducts(mul(div(small, big), 2))).toEqual([[10]])
    expect(shapesOfProducts(mul(mul(big, 2), mul(big, 3)))).toEqual([
      [10, 10],
      [10, 10],
    ])
    expect(shapesOfProducts(reduceSum(mul(big, 2), 0))).toEqual([[10]])
  })

  test("stay where they are in integers", () => {
    const i = input("i", [3], "i32")
    expect(opsOf(makeProgram({ outputs: { y: mul(mul(i, 2), 3) } }))).toEqual(["input", "constant", "mul", "constant", "mul"])
  })

  test("change no value", () => {
    const at = { big: uniform("big", [10, 10]), small: uniform("small", [10]) }
    const composed = { a: mul(neg(mul(mul(big, 2), small)), 3), b: mul(div(mul(small, 5), big), -0.5), c: reduceSum(mul(neg(big), 4), 1) }
    const values = interpretWide(makeProgram({ outputs: composed }), at)
    const [x, y] = [at.big.data, at.small.data]
    expectClose(values["a"], { shape: [10, 10], data: x.map((v, i) => -6 * v * (y[i % 10] as number)) }, 1e-12)
    expectClose(values["b"], { shape: [10, 10], data: x.map((v, i) => (-2.5 * (y[i % 10] as number)) / v) }, 1e-12)
    expectClose(
      values["c"],
      { shape: [10], data: y.map((_, i) => -4 * x.slice(i * 10, i * 10 + 10).reduce((sum, v) => sum + v, 0)) },
      1e-12,
    )
  })
})

describe("T2: verify", () => {
  const good = trace({ x: { shape: [2, 3] }, i: { shape: [2], dtype: "i32" } }, ({ x }) => ({
    y: gelu(softmax(x)),
    z: where(constant(1, "bool"), x, 0),
  }))
  const broken = (change: (steps: Step[], program: Program) => Partial<Program>): (() => void) => {
    const steps = good.steps.map((step) => ({ ...step, args: [...step.args] }))
    return () => verify({ ...good, steps, ...change(steps, good) })
  }
  const last = good.steps.length - 1

  test("accepts the programs of every op and of their gradients", () => {
    verify(good)
    for (const [values, f] of Object.values(cases).flat()) {
      const xs = values.map(({ shape, dtype }, i) => input(`x${i}`, shape, dtype)) as [Expr, Expr, Expr]
      const floats = xs.filter((x) => x.dtype === "f32")
      verify(makeProgram({ outputs: Object.fromEntries(gradients(reduceSum(f(...xs)), floats).map((g, i) => [`g${i}`, g])) }))
    }
  })

  test("refuses an argument that does not come before its user", () => {
    expect(broken((steps) => (steps.splice(2, 1, { ...(steps[2] as Step), args: [5] }), {}))).toThrow("come before it")
  })
  test("refuses a shape that is not what the rule says", () => {
    expect(broken((steps) => (steps.splice(last, 1, { ...(steps[last] as Step), shape: [9] }), {}))).toThrow("its rule says f32[2, 3]")
  })
  test("refuses a step twice, and a step nobody uses", () => {
    expect(broken((steps) => (steps.push({ ...(steps[2] as Step) }), {}))).toThrow("repeats step 2")
    expect(broken((steps) => (steps.push({ op: "iota", args: [], attrs: { shape: [7], axis: 0 }, shape: [7], dtype: "i32" }), {}))).toThrow(
      "nothing uses it",
    )
  })
  test("refuses inputs and outputs that are not what they are called", () => {
    expect(broken(() => ({ inputs: { x: 0, i: 1 } }))).toThrow("names in order")
    expect(broken(() => ({ inputs: { i: 1, x: 0 } }))).toThrow("is not that input")
    expect(broken(() => ({ inputs: { i: 0 } }))).toThrow("is not listed")
    expect(broken(() => ({ outputs: { y: 99 } }))).toThrow("there is no step 99")
  })
})

test("a listing has one line a step, then one an output", () => {
  const program = trace({ x: { shape: [2, 3] }, w: { shape: [4, 3] } }, ({ x, w }) => ({
    y: reduceMax(matmul(x, w, { transposeB: true }), -1, true),
    z: add(mul(x, 0.1), one([1, 2, 3])),
    n: iota([2]),
  }))
  expect(print(program)).toMatchInlineSnapshot(`
    "%0 = input() w -> f32[4, 3]
    %1 = input() x -> f32[2, 3]
    %2 = iota() shape [2] axis 0 -> i32[2]
    %3 = matmul(%1, %0) transposeB -> f32[2, 4]
    %4 = reduce_max(%3) axes [1] keepDims -> f32[2, 1]
    %5 = constant() 0.1 -> f32[]
    %6 = mul(%1, %5) -> f32[2, 3]
    %7 = constant() 3 elements -> f32[3]
    %8 = add(%6, %7) -> f32[2, 3]
    n: %2
    y: %4
    z: %8"
  `)
})

describe("cost", () => {
  test("a product counts a multiply-add as two, and moves its operands and its result", () => {
    const program = trace({ a: { shape: [5, 2, 3] }, b: { shape: [5, 4, 3] } }, ({ a, b }) => ({ y: matmul(a, b, { transposeB: true }) }))
    expect(cost(program)).toEqual({ flops: 2 * 5 * 2 * 3 * 4, bytesMoved: 4 * (30 + 60 + 40), peakBytes: 4 * (30 + 60 + 40) })
  })

  test("values die after their last use; inputs and outputs stay; reshapes are free; elementwise ops write over what dies", () => {
    const program = trace({ x: { shape: [100] } }, ({ x }) => ({ y: reduceSum(exp(sin(reshape(sin(x), [10, 10])))) }))
    // x, one temporary, y.
    expect(cost(program)).toEqual({ flops: 400, bytesMoved: 4 * (200 * 3 + 101), peakBytes: 4 * (100 + 100 + 1) })
  })

  test("products do not write over their operands", () => {
    const program = trace({ x: { shape: [10, 10] } }, ({ x }) => ({ y: reduceSum(matmul(exp(x), x)) }))
    expect(cost(program).peakBytes).toBe(4 * (100 + 100 + 100))
  })

  test("memory that is free goes to values of the same shape, others take their own; it is given back when no such value follows (T7)", () => {
    const peak = (f: (x: Expr) => Expr): number => cost(trace({ x: { shape: [10, 10] } }, ({ x }) => ({ y: reduceSum(f(x)) }))).peakBytes
    const product = (x: Expr): Expr => matmul(x, x)
    const turned = (x: Expr, rows: number): Expr => transpose(reshape(x, [rows, 100 / rows]), [1, 0])
    // x, and two squares that take turns.
    expect(peak((x) => product(product(product(x))))).toBe(4 * (100 + 2 * 100))
    // The square is given back before the second of two more shapes is made.
    expect(peak((x) => turned(turned(product(x), 4), 5))).toBe(4 * (100 + 2 * 100))
    // It waits for the square that follows.
    expect(peak((x) => product(reshape(turned(turned(product(x), 4), 5), [10, 10])))).toBe(4 * (100 + 3 * 100))
  })

  test("what a view looks at lives as long as the view", () => {
    const program = trace({ x: { shape: [100] } }, ({ x }) => {
      const view = reshape(sin(x), [10, 10])
      return { y: add(mean(view), mean(exp(exp(view)))) }
    })
    // x, sin(x) (still looked at), exp(view) and what is written over it, the constant of the means, one sum.
    expect(cost(program).peakBytes).toBe(4 * (100 + 100 + 100 + 1 + 1))
  })

  test("an output that replaces an input has a buffer of its own all the time", () => {
    const program = trace({ w: { shape: [100] } }, ({ w }) => ({ w: mul(w, 0.5), y: reduceSum(exp(w)) }))
    // w twice, the exponential, y, the constant.
    expect(cost(program).peakBytes).toBe(4 * (100 + 100 + 100 + 1 + 1))
  })

  test("a broadcast that the op behind it does anyway takes no memory", () => {
    const make = (f: (x: Expr, y: Expr) => Expr) => cost(trace({ x: { shape: [10] }, y: { shape: [10, 10] } }, ({ x, y }) => ({ z: f(broadcastTo(x, [10, 10]), y) }))).peakBytes
    expect([make(add), make((x, y) => matmul(x, y))]).toEqual([4 * 210, 4 * 310])
  })
})
