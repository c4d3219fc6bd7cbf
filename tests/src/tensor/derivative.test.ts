/**
 * SPEC A4: products with Jacobians and Hessians, of every op and of a transformer block, against finite differences in float64;
 * and what they cost.
 */
import { describe, expect, test } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { block, blockShapes } from "../../../src/nn/block.ts"
import { gelu } from "../../../src/tensor/activation.ts"
import { cost } from "../../../src/tensor/cost.ts"
import { grad, hvp, jvp, valueAndGrad, vjp } from "../../../src/tensor/derivative.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { mean, reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { expectClose } from "../../support/close.ts"
import { interpretWide, type Wide, type Wides } from "../../support/interpreter.ts"
import { finiteDifference, uniform } from "./finite-difference.ts"
import { cases, u, v } from "./op-cases.ts"

const mapped = <A, B>(of: Readonly<Record<string, A>>, f: (value: A, name: string) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, f(value, name)]))
const prefixed = <A>(prefix: string, of: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [`${prefix}${name}`, value]))
const inputs = (of: Wides): Exprs => mapped(of, ({ shape, dtype }, name) => input(name, shape, dtype))
const floats = <A extends { readonly dtype: string }>(of: Readonly<Record<string, A>>) => Object.fromEntries(Object.entries(of).filter(([, x]) => x.dtype === "f32"))
const random = (of: Wides, label: string): Wides => mapped(floats(of), ({ shape }, name) => uniform(`${label}${name}`, shape))

const run = (outputs: Exprs, given: Wides): Wides => {
  const program = makeProgram({ outputs })
  verify(program)
  return interpretWide(program, Object.fromEntries(Object.entries(given).filter(([name]) => program.inputs[name] !== undefined)))
}

/** y at values moved by `by` along `direction`. */
const moved = (y: Expr, at: Wides, direction: Wides, by: number): Wide =>
  must(
    run(
      { y },
      mapped(at, (x, name) => {
        const d = direction[name]
        return d === undefined ? x : { ...x, data: x.data.map((value, i) => value + by * must(d.data[i], "tangent")) }
      }),
    )["y"],
    "y",
  )

const difference = (y: Expr, at: Wides, direction: Wides, step = 1e-6): Wide => {
  const [low, high] = [moved(y, at, direction, -step), moved(y, at, direction, step)]
  return { ...high, data: high.data.map((value, i) => (value - must(low.data[i], "low")) / (2 * step)) }
}

describe("A4: along a direction, every op changes as finite differences say", () => {
  for (const [op, list] of Object.entries(cases)) {
    test(op, () => {
      for (const [values, f] of list) {
        const at: Wides = Object.fromEntries(values.map((value, i) => [`x${i}`, value]))
        const xs = inputs(at)
        const all = Object.values(xs) as [Expr, Expr, Expr]
        const direction = random(at, "along")
        const tangents = mapped(direction, ({ shape }, name) => input(`d${name}`, shape))
        const { value, tangent } = jvp(() => ({ y: f(...all) }), floats(xs), tangents)
        const found = run({ y: must(tangent["y"], "tangent") }, { ...at, ...prefixed("d", direction) })
        expectClose(found["y"], difference(must(value["y"], "value"), at, direction, 1e-7), 1e-6)
      }
    })
  }
})

describe("A4: products by name", () => {
  const at = { a: u(2, 3), b: v(3) }
  const xs = inputs(at)
  const f = ({ a, b }: Exprs): Exprs => ({ p: e.mul(e.sin(a as Expr), b as Expr), q: matmul(a as Expr, e.exp(a as Expr), { transposeB: true }) })

  test("a pullback gives what the transposed Jacobian gives, and leaves out what has no cotangent", () => {
    const { value, pullback } = vjp(f, xs)
    const w = uniform("w", [2, 3])
    const found = run(pullback({ p: input("w", [2, 3]) }), { ...at, w })
    const loss = reduceSum(e.mul(must(value["p"], "p"), input("w", [2, 3])))
    for (const name of ["a", "b"]) expectClose(found[name], finiteDifference(loss, { ...at, w }, name), 1e-8)
    expect(makeProgram({ outputs: pullback({ p: input("w", [2, 3]) }) }).steps.some(({ op }) => op === "matmul")).toBe(false)
  })

  test("pullback and pushforward are each other's transpose", () => {
    const [tangents, cotangents] = [random(at, "t"), { p: uniform("cp", [2, 3]), q: uniform("cq", [2, 2]) }]
    const given = { ...at, ...prefixed("t", tangents), ...prefixed("c", cotangents) }
    const { tangent } = jvp(f, xs, mapped(tangents, ({ shape }, name) => input(`t${name}`, shape)))
    const back = vjp(f, xs).pullback(mapped(cotangents, ({ shape }, name) => input(`c${name}`, shape)))
    const dot = (x: Exprs, y: Wides, prefix: string) =>
      Object.keys(y).map((name) => reduceSum(e.mul(must(x[name], name), input(`${prefix}${name}`, must(y[name], name).shape)))).reduce((p, q) => e.add(p, q))
    const values = run({ left: dot(tangent, cotangents, "c"), right: dot(back, tangents, "t") }, given)
    expectClose(values["left"], values["right"], 1e-12)
  })

  test("an argument without a tangent stands still", () => {
    const found = run(jvp(f, xs, { b: input("tb", [3]) }).tangent, { ...at, tb: v(3) })
    expect([...must(found["q"], "q").data]).toEqual([0, 0, 0, 0])
    expectClose(found["p"], difference(must(f(xs)["p"], "p"), at, { b: v(3) }), 1e-8)
  })

  test("grad is the second half of valueAndGrad, and has a gradient", () => {
    const loss = ({ a }: Exprs) => reduceSum(e.exp(e.sin(a as Expr)))
    const { value, gradients } = valueAndGrad(loss)({ a: xs.a as Expr })
    const twice = grad((x) => reduceSum(e.square(must(grad(loss)(x)["a"], "a"))))({ a: xs.a as Expr })
    const values = run({ first: must(gradients["a"], "a"), second: must(twice["a"], "a") }, at)
    expectClose(values["first"], finiteDifference(value, at, "a"), 1e-8)
    expectClose(values["second"], finiteDifference(reduceSum(e.square(must(gradients["a"], "a"))), at, "a"), 1e-7)
  })

  test("the second derivative along a direction is a pushforward of a pushforward", () => {
    const along = (g: (a: Expr) => Expr) => (a: Expr) => must(jvp(({ a: at }) => ({ y: g(at as Expr) }), { a }, { a: input("t", [3]) }).tangent["y"], "y")
    const g = (a: Expr) => e.mul(e.tanh(a), e.exp(a))
    const given = { a: u(3), t: v(3) }
    const found = run({ y: along(along(g))(input("a", [3])) }, given)
    expectClose(found["y"], difference(along(g)(input("a", [3])), given, { a: given.t }), 1e-8)
  })

  test("what does not fit is refused", () => {
    const b = xs.b as Expr
    expect(() => jvp(f, xs, { a: b })).toThrow("pushforward(f32[2, 3], f32[3]): expected a variable of f32 and a tangent of its shape")
    expect(() => jvp(f, xs, { c: b })).toThrow("expected one of the names a, b, not c")
    expect(() => vjp(f, xs).pullback({ p: b })).toThrow("pullback(f32[2, 3], f32[3]): expected a result of f32 and a cotangent of its shape")
  })
})

const transformer = (width: number, batch: number, length: number) => {
  const shapes = { ...blockShapes(width, 0), x: [batch, length, width] }
  const weights: Exprs = mapped(shapes, (shape, name) => input(name, shape))
  const f = (at: Exprs): Exprs => ({ y: block(must(at["x"], "x"), at, 0, 2) })
  return { shapes, weights, f, loss: (at: Exprs) => mean(e.square(must(f(at)["y"], "y"))) }
}

test("A4: the Hessian of a transformer block times a direction is the finite difference of its gradient", () => {
  const { shapes, weights, loss } = transformer(4, 1, 3)
  const at: Wides = mapped(shapes, (shape, name) => uniform(name, shape, -1, 1))
  const direction: Wides = mapped(shapes, (shape, name) => uniform(`d${name}`, shape))
  const { gradients, product } = hvp(loss, weights, mapped(shapes, (shape, name) => input(`d${name}`, shape)))
  const found = run(product, { ...at, ...prefixed("d", direction) })
  for (const name of Object.keys(shapes)) expectClose(found[name], difference(must(gradients[name], name), at, direction, 1e-5), 1e-6)
})

describe("A4: what derivatives cost", () => {
  const flops = (outputs: Exprs) => cost(makeProgram({ outputs })).flops
  const mlp = (at: Exprs): Exprs => ({ y: matmul(gelu(matmul(must(at["x"], "x"), must(at["up"], "up"))), must(at["down"], "down")) })
  const wide = { x: input("x", [128, 256]), up: input("up", [256, 1024]), down: input("down", [1024, 256]) }
  const big = transformer(256, 4, 64)
  const tangents = (of: Exprs): Exprs => mapped(of, ({ shape }, name) => input(`d${name}`, shape))

  for (const [name, f, at] of [["MLP", mlp, wide], ["transformer block", big.f, big.weights]] as const) {
    test(`${name}: the pushforward costs twice the value beside it, for each product has two factors that move`, () => {
      const { value, tangent } = jvp(f, at, tangents(at))
      const ratio = flops({ ...value, ...prefixed("d", tangent) }) / flops(value)
      expect(ratio).toBeGreaterThan(2.9)
      expect(ratio).toBeLessThan(3.1)
    })
    test(`${name}: the Hessian-vector product costs twice the gradient beside it`, () => {
      const { gradients, product } = hvp((x) => mean(e.square(must(f(x)["y"], "y"))), at, tangents(at))
      const ratio = flops({ ...gradients, ...prefixed("d", product) }) / flops(gradients)
      expect(ratio).toBeGreaterThan(2.9)
      expect(ratio).toBeLessThan(3.1)
    })
  }
})
