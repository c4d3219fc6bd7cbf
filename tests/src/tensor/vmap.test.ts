/**
 * SPEC A5: many examples at once give what each gives alone: every op, its gradient, batches of batches, and the per-example
 * gradients of a transformer block; and in how many products.
 */
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { sizeOf, type Shape } from "../../../src/base/ndarray.ts"
import { block, blockShapes } from "../../../src/nn/block.ts"
import { tanh } from "../../../src/tensor/elementwise.ts"
import { apply } from "../../../src/tensor/apply.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import { grad } from "../../../src/tensor/derivative.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { OpAttrs, OpName } from "../../../src/tensor/op.ts"
import { mean, reduceSum } from "../../../src/tensor/reduce.ts"
import { transpose } from "../../../src/tensor/reshape.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { hessian, jacobian, vmap } from "../../../src/tensor/vmap.ts"
import { expectClose } from "../../support/close.ts"
import { interpretWide, type Wide, type Wides } from "../../support/interpreter.ts"
import { widen } from "../../support/interpreter/wide.ts"
import type { Case as CaseOf } from "../device/conformance/case.ts"
import { draw } from "../device/generated/check.ts"
import { generated } from "../device/generated/table.ts"
import { finiteDifference, uniform } from "./finite-difference.ts"
import { cases, u, v, type Case } from "./op-cases.ts"

type GeneratedCase = CaseOf<OpAttrs[OpName]>

const run = (y: Expr, given: Wides): Wide => {
  const program = makeProgram({ outputs: { y } })
  verify(program)
  return must(interpretWide(program, Object.fromEntries(Object.entries(given).filter(([name]) => program.inputs[name] !== undefined)))["y"], "y")
}
const inputs = (of: Wides): Exprs => Object.fromEntries(Object.entries(of).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]))
const stacked = (xs: readonly Wide[], shape: Shape): Wide => ({
  dtype: xs[0]?.dtype ?? "f32",
  shape: [xs.length, ...shape],
  data: Float64Array.from(xs.flatMap(({ data }) => [...data])),
})
/** The same elements in another order: an example as good as `x`, indices and positive numbers included. */
const turned = (x: Wide, by: number): Wide => ({ ...x, data: x.data.map((_, i) => must(x.data[(i + by) % x.data.length], "element")) })
const size = 3

/** Every choice of operands that have the batch, but none. */
const choices = (count: number) => Array.from({ length: 2 ** count - 1 }, (_, bits) => Array.from({ length: count }, (_, i) => ((bits + 1) >> i) % 2 === 1))

const check = ([values, f]: Case): void => {
  const make = (at: Exprs) => f(...(values.map((_, i) => at[`x${i}`]) as [Expr, Expr, Expr]))
  for (const isBatched of choices(values.length)) {
    const examples = Array.from({ length: size }, (_, n) =>
      Object.fromEntries(values.map((x, i) => [`x${i}`, isBatched[i] === true && x.data.length > 0 ? turned(x, n) : x])),
    )
    const together: Wides = Object.fromEntries(
      values.map((x, i) => [`x${i}`, isBatched[i] === true ? stacked(examples.map((each) => must(each[`x${i}`], "operand")), x.shape) : x]),
    )
    const axes = Object.fromEntries(isBatched.flatMap((is, i) => (is ? [[`x${i}`, 0]] : [])))
    const alone = make(inputs(examples[0] as Wides))
    const found = run(vmap(make, { axes })(inputs(together)), together)
    expectClose(found, stacked(examples.map((each) => run(alone, each)), alone.shape), 1e-12)
  }
}

describe("A5: a batch of every op is the stack of its examples, whichever operands have the batch", () => {
  for (const [op, list] of Object.entries(cases)) test(op, () => list.forEach(check))
})

describe("A5: so it is on generated shapes and attributes", () => {
  const { seed, cases: count } = draw(12)
  const isSmall = ({ args }: GeneratedCase): boolean => args.length <= 3 && args.reduce((n, { shape }) => n + sizeOf(shape), 0) <= 60
  for (const op of Object.keys(generated) as OpName[]) {
    test(op, () => {
      const drawn = fc.sample(generated[op] as fc.Arbitrary<GeneratedCase>, { seed, numRuns: 4 * count }).filter(isSmall).slice(0, count)
      for (const { args, attrs } of drawn) {
        check([args.map(widen), (...xs) => (op === "input" ? xs[0] : apply(op as "add", xs.slice(0, args.length), attrs as OpAttrs["add"]))])
      }
    })
  }
})

describe("A5: a batch of the gradient of every op, and of its second derivative, is the stack", () => {
  const derived = ([values, f]: Case, order: 1 | 2): Case => [
    values,
    (...xs) => {
      const floats = xs.slice(0, values.length).filter((x) => x.dtype === "f32")
      const loss = (y: Expr) => reduceSum(e.square(y))
      const once = gradients(loss(f(...xs)), floats)
      const found = order === 1 ? once : gradients(once.map(loss).reduce((a, b) => e.add(a, b)), floats)
      return found.map((g) => reduceSum(e.mul(g, e.add(g, 1)))).reduce((a, b) => e.add(a, b))
    },
  ]
  for (const [op, list] of Object.entries(cases)) {
    test(op, () => {
      for (const each of list) {
        check(derived(each, 1))
        check(derived(each, 2))
      }
    })
  }
})

describe("A5: composed", () => {
  test("a batch of batches is two axes, in the order of the calls", () => {
    const [xs, ys] = [u(2, 3, 4), v(3, 4, 5)]
    const f = ({ x, y }: Exprs) => tanh(matmul(e.mul(x as Expr, 2), y as Expr))
    const inner = ({ x, y }: Exprs) => vmap(f, { axes: { y: 0 } })({ x: x as Expr, y: y as Expr })
    const found = vmap(inner, { axes: { x: 0 } })({ x: input("x", [2, 1, 4]), y: input("y", [3, 4, 5]) })
    expect(found.shape).toEqual([2, 3, 1, 5])
    const firsts: Wide = { ...xs, shape: [2, 1, 4], data: xs.data.slice(0, 8) }
    const each = run(tanh(matmul(e.mul(input("x", [2, 1, 1, 4]), 2), input("y", [3, 4, 5]))), { x: { ...firsts, shape: [2, 1, 1, 4] }, y: ys })
    expectClose(run(found, { x: firsts, y: ys }), each, 1e-12)
  })

  test("the batch may lie along any axis, negative ones included", () => {
    const x = u(2, 3, 4)
    const f = ({ x }: Exprs) => reduceSum(x as Expr, 0)
    expectClose(run(vmap(f, { axes: { x: -1 } })({ x: input("x", [2, 3, 4]) }), { x }), run(transpose(reduceSum(input("x", [2, 3, 4]), 0)), { x }), 1e-12)
  })

  test("results by name, those that are the same for all examples included", () => {
    const w = input("w", [3])
    const found = vmap(({ x }) => ({ both: e.mul(x as Expr, w), same: e.exp(w), literal: constant(2) }))({ x: input("x", [2, 3]) })
    expect(Object.entries(found).map(([name, y]) => [name, (y as Expr).shape])).toEqual([["both", [2, 3]], ["same", [2, 3]], ["literal", [2]]])
  })

  test("what vmap gives has gradients", () => {
    const at = { x: u(3, 2), w: v(2, 2) }
    const xs = inputs(at)
    const loss = reduceSum(e.square(vmap(({ x }) => tanh(reduceSum(matmul(xs["w"] as Expr, e.mul(x as Expr, xs["w"] as Expr)), 0)))({ x: xs["x"] as Expr })))
    for (const [name, g] of Object.entries({ x: gradients(loss, [xs["x"] as Expr])[0], w: gradients(loss, [xs["w"] as Expr])[0] }))
      expectClose(run(g as Expr, at), finiteDifference(loss, at, name), 1e-7)
  })

  test("an identity of the trace does not look through an example", () => {
    const found = run(vmap(({ x }) => e.neg(e.mul(x as Expr, 3)))({ x: e.neg(e.mul(input("x", [2]), 5)) }), { x: u(2) })
    expectClose(found, { shape: [2], data: u(2).data.map((x) => 15 * x) }, 1e-12)
  })

  test("a chain of 20,000 ops does not overflow the stack", () => {
    const chain = ({ x }: Exprs) => Array.from({ length: 20_000 }).reduce<Expr>((y) => e.sin(y), x as Expr)
    expect(makeProgram({ outputs: { y: vmap(chain)({ x: input("x", [2]) }) } }).steps).toHaveLength(20_001)
  })

  test("what does not fit is refused", () => {
    const [x, y] = [input("x", [2, 3]), input("y", [3])]
    const f = ({ x }: Exprs) => x as Expr
    expect(() => vmap(f)({ x, y })).toThrow("vmap(f32[2, 3], f32[3]): expected one number of examples in all arguments")
    expect(() => vmap(f, { axes: {} })({ x })).toThrow("expected an axis of one argument at least")
    expect(() => vmap(f, { axes: { z: 0 } })({ x })).toThrow("expected axes of the arguments x, not of z")
    expect(() => vmap(f, { axes: { x: 2 } })({ x })).toThrow("expected an axis within rank 2, not 2")
  })
})

describe("A5: all derivatives at once", () => {
  const at = { x: u(4) }
  const x = input("x", [4])
  const w = constant({ dtype: "f32", shape: [4, 2], data: Float32Array.from(v(4, 2).data) })
  const f = (y: Expr) => tanh(matmul(e.mul(reshapeRow(y), y), w))
  const reshapeRow = (y: Expr) => e.add(y, constant({ dtype: "f32", shape: [1, 4], data: new Float32Array(4) }))

  test("a Jacobian has a row of derivatives for every element of the result", () => {
    const found = run(jacobian(f)(x), at)
    expect(found.shape).toEqual([1, 2, 4])
    for (const row of [0, 1]) {
      const pick = constant({ dtype: "f32", shape: [1, 2], data: Float32Array.from([1 - row, row]) })
      expectClose({ shape: [4], data: found.data.slice(row * 4, row * 4 + 4) }, finiteDifference(reduceSum(e.mul(f(x), pick)), at, "x"), 1e-8)
    }
  })

  test("a Hessian is symmetric, and the Jacobian of the gradient", () => {
    const loss = (y: Expr) => reduceSum(e.mul(e.exp(y), matmul(reshapeRow(y), matmul(w, w, { transposeB: true }))))
    const found = run(hessian(loss)(x), at)
    const [g] = gradients(loss(x), [x])
    for (let row = 0; row < 4; row++) {
      const pick = constant({ dtype: "f32", shape: [4], data: Float32Array.from({ length: 4 }, (_, i) => Number(i === row)) })
      expectClose({ shape: [4], data: found.data.slice(row * 4, row * 4 + 4) }, finiteDifference(reduceSum(e.mul(g as Expr, pick)), at, "x"), 1e-7)
    }
    expectClose(found, { shape: [4, 4], data: found.data.map((_, i) => must(found.data[(i % 4) * 4 + Math.floor(i / 4)], "mirror")) }, 1e-12)
  })
})

describe("A5: per-example gradients of a transformer block", () => {
  const [width, length, examples] = [4, 3, 3]
  const shapes = blockShapes(width, 0)
  const weights: Exprs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]))
  const loss = (at: Exprs) => mean(e.square(block(must(at["x"], "x"), at, 0, 2)))
  const at: Wides = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, uniform(name, shape, -1, 1)]))
  const each = (x: Expr): Exprs => grad((w) => loss({ ...w, x }))(weights)
  const xs = input("x", [examples, 1, length, width])
  const all = vmap(({ x }) => each(x as Expr))({ x: xs })

  test("agree with a loop over the examples", () => {
    const x = uniform("x", xs.shape)
    const alone = each(input("x", [1, length, width]))
    for (const [name, shape] of Object.entries(shapes)) {
      const count = length * width
      const loop = Array.from({ length: examples }, (_, n) =>
        run(must(alone[name], name), { ...at, x: { ...x, shape: [1, length, width], data: x.data.slice(n * count, (n + 1) * count) } }),
      )
      expectClose(run(must(all[name], name), { ...at, x }), stacked(loop, shape), 1e-11)
    }
  })

  test("take as many products as the gradient of the whole batch, the ones by weights with the batch in their rows", () => {
    const products = (outputs: Exprs) => makeProgram({ outputs }).steps.filter(({ op }) => op === "matmul")
    const whole = products(grad((w) => loss({ ...w, x: input("x", [examples, length, width]) }))(weights))
    const found = products(all)
    expect(found).toHaveLength(whole.length)
    const tall = found.filter(({ shape }) => shape.length === 2)
    expect(tall.length).toBeGreaterThan(0)
    expect(tall.every(({ shape }) => shape[0] === examples * length)).toBe(true)
    const perExample = found.filter(({ shape }) => shape.length === 3 && sizeOf(shape.slice(1)) >= width * width)
    expect(perExample.every(({ shape }) => shape[0] === examples)).toBe(true)
    expect(perExample).toHaveLength(6)
  })
})
