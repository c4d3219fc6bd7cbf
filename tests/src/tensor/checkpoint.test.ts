/**
 * SPEC A7: what a checkpoint keeps and what it computes again, by the steps of the program. That values and gradients, first and
 * second, are those without it is shown for the op `checkpoint` beside all others (gradient.test.ts, vmap.test.ts).
 */
import { describe, expect, test } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { block, blockShapes } from "../../../src/nn/block.ts"
import { checkpoint } from "../../../src/tensor/checkpoint.ts"
import { cost } from "../../../src/tensor/cost.ts"
import { exp, mul, neg, sin, square, tanh } from "../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { mean, reduceSum } from "../../../src/tensor/reduce.ts"
import { reshape } from "../../../src/tensor/reshape.ts"
import { input } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { vmap } from "../../../src/tensor/vmap.ts"
import { expectClose } from "../../support/close.ts"
import { interpretWide, type Wides } from "../../support/interpreter.ts"
import { uniform } from "./finite-difference.ts"

const [x, w] = [input("x", [4]), input("w", [4])]
const count = (program: Program, op: string) => program.steps.filter((step) => step.op === op).length
const gradient = (y: Expr, by: Expr): Program => makeProgram({ outputs: { y, g: must(gradients(reduceSum(exp(y)), [by])[0], "gradient") } })

describe("A7: a checkpoint", () => {
  const f = ({ x: at }: Exprs) => sin(mul(tanh(sin(mul(at as Expr, w))), exp(w)))

  test("computes what depends on its arguments again, once it has the cotangent, and nothing else", () => {
    const plain = gradient(f({ x: square(x) }), x)
    const program = gradient(checkpoint(f)({ x: square(x) }), x)
    verify(program)
    expect([count(plain, "sin"), count(program, "sin"), count(program, "tanh")]).toEqual([2, 3, 2])
    // exp(w) depends on no argument.
    expect([count(program, "exp"), count(program, "after")]).toEqual([2, 1])
    const at = (op: string) => program.steps.findIndex((step) => step.op === op)
    const waiting = must(program.steps[at("after")], "after")
    expect(waiting.args[0]).toBe(program.steps.findIndex(({ op, args }) => op === "mul" && args[0] === args[1]))
    const first = program.steps.findIndex(({ op }) => op === "sin")
    const again = program.steps.findIndex(({ op }, i) => op === "sin" && i > at("after"))
    expect(first).toBeLessThan(must(waiting.args[1], "token"))
    expect(again).toBeGreaterThan(at("after"))
  })

  test("adds no step to a program without gradients but itself", () => {
    const plain = makeProgram({ outputs: { y: f({ x }) } })
    expect(makeProgram({ outputs: { y: checkpoint(f)({ x }) } }).steps).toHaveLength(plain.steps.length + 1)
  })

  test("sees its arguments as they are, however an identity of the trace could look through them", () => {
    const program = gradient(checkpoint(({ x: at }) => reshape(tanh(reshape(neg(at as Expr), [4])), [4, 1]))({ x: reshape(neg(mul(x, 2)), [2, 2]) }), x)
    expect([count(program, "after"), count(program, "tanh")]).toEqual([1, 2])
  })

  test("of what does not depend on its arguments is none", () => {
    expect(checkpoint(() => w)({ x })).toBe(w)
  })

  test("keeps its gradient in a batch of its own copies", () => {
    const each = (g: (at: Exprs) => Expr) => vmap(({ x: at }) => must(gradients(reduceSum(exp(g({ x: square(at as Expr) }))), [at as Expr])[0], "gradient"))
    const xs = input("xs", [3, 4])
    const [one, other] = [f, checkpoint(f)].map((g) => makeProgram({ outputs: { y: each(g)({ x: xs }) } })) as [Program, Program]
    const at = { xs: uniform("xs", [3, 4]), w: uniform("w", [4]) }
    expect([count(one, "after"), count(other, "after")]).toEqual([0, 1])
    expectClose(interpretWide(other, at)["y"], interpretWide(one, at)["y"], 1e-12)
  })
})

describe("A7: a stack of transformer blocks", () => {
  const [width, blocks] = [8, 8]
  const shapes = { x: [1, 64, width], ...Object.assign({}, ...Array.from({ length: blocks }, (_, i) => blockShapes(width, i))) } as Readonly<Record<string, number[]>>
  const weights: Exprs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]))
  const names = Object.keys(shapes)
  const program = (wrap: typeof checkpoint): Program => {
    const layers = Array.from({ length: blocks }, (_, i) => wrap(({ x: at }) => block(at as Expr, weights, i, 2)))
    const y = layers.reduce((at, layer) => layer({ x: at }), weights["x"] as Expr)
    const found = gradients(mean(square(y)), Object.values(weights))
    return makeProgram({ outputs: Object.fromEntries(names.map((name, i) => [name, must(found[i], name)])) })
  }
  const [plain, thrifty] = [program((f) => f), program(checkpoint)]

  test("has the same gradients", () => {
    const at: Wides = Object.fromEntries(names.map((name) => [name, uniform(name, must(shapes[name], name), -1, 1)]))
    const [a, b] = [interpretWide(plain, at), interpretWide(thrifty, at)]
    for (const name of names) expectClose(b[name], a[name], 1e-12)
  })

  test("costs a third more, and a third of the memory", () => {
    const [a, b] = [cost(plain), cost(thrifty)]
    expect(b.flops / a.flops).toBeGreaterThan(1.2)
    expect(b.flops / a.flops).toBeLessThan(1.4)
    expect(b.peakBytes / a.peakBytes).toBeLessThan(0.35)
  })
})
