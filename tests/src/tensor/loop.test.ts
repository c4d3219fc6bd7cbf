/** SPEC T3, A6: what a loop computes, what is in the program of one, and what is refused. */
import { describe, expect, test } from "vitest"
import { ndarray, type Tensors } from "../../../src/base/ndarray.ts"
import { cost } from "../../../src/tensor/cost.ts"
import { add, cos, exp, mul, sin, square, sub, tanh } from "../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { checkpoint } from "../../../src/tensor/checkpoint.ts"
import { vjp } from "../../../src/tensor/derivative.ts"
import { gradients, pullback } from "../../../src/tensor/gradient.ts"
import { gather } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import type { LoopStep } from "../../../src/tensor/loop-body.ts"
import { repeat, scan } from "../../../src/tensor/loop.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { print } from "../../../src/tensor/print.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { stack } from "../../../src/tensor/reshape.ts"
import { constant, input, iota } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { expectClose } from "../../support/close.ts"
import { interpret, interpretWide } from "../../support/interpreter.ts"
import { checkGradients, uniform } from "./finite-difference.ts"

const f32 = (...values: number[]) => ndarray("f32", [values.length], Float32Array.from(values))
const valuesOf = (outputs: Exprs, inputs: Tensors = {}) =>
  Object.fromEntries(Object.entries(interpret(makeProgram({ outputs }), inputs)).map(([name, { data }]) => [name, [...data]]))
const loopsIn = (program: Program): readonly LoopStep[] => program.steps.filter((step): step is LoopStep => step.op === "scan")

const xs = input("xs", [4])
const at = { xs: f32(1, 2, 3, 4) }
/** Horner's rule in 2, and its partial sums. */
const horner = (reverse: boolean) =>
  scan({ carry: { s: constant(0) }, over: { x: xs }, reverse }, ({ s }, { x }) => {
    const next = add(mul(s, 2), x)
    return { carry: { s: next }, out: { before: s, after: next } }
  })

describe("T3: what a loop computes", () => {
  test("the state after the last iteration, and what each put out, in the order of the slices", () => {
    const { carry, out } = horner(false)
    expect(valuesOf({ ...carry, ...out }, at)).toEqual({ s: [26], before: [0, 1, 4, 11], after: [1, 4, 11, 26] })
  })

  test("from the last slice to the first, outputs beside their slices", () => {
    const { carry, out } = horner(true)
    expect(valuesOf({ ...carry, ...out }, at)).toEqual({ s: [49], before: [24, 11, 4, 0], after: [49, 24, 11, 4] })
  })

  test("a number of iterations without anything to iterate over", () => {
    expect(valuesOf(repeat(5, { a: constant(1), b: constant(1) }, ({ a, b }) => ({ b: add(a, b), a: b })))).toEqual({ a: [8], b: [13] })
  })

  test("without iterations the state stays and outputs have no elements", () => {
    const start = input("start", [2])
    const { carry, out } = scan({ carry: { start }, length: 0 }, (s) => ({ carry: { start: exp(s.start) }, out: { y: s.start } }))
    expect([carry.start, out.y.shape]).toEqual([start, [0, 2]])
  })

  test("integers count and pick, variables of loops around are constants inside", () => {
    const table = constant(f32(5, 7, 11))
    const { out } = scan({ carry: { i: constant(0, "i32") }, length: 3 }, ({ i }) => {
      const picked = gather(table, i)
      return { carry: { i: add(i, 1) }, out: { y: repeat(2, { z: picked }, ({ z }) => ({ z: add(z, picked) })).z } }
    })
    expect(valuesOf(out)).toEqual({ y: [15, 21, 33] })
  })

  test("a gradient taken inside of a loop sees the variables of that loop alone, whatever others are called", () => {
    const x = input("x", [])
    const slope = repeat(1, { x }, (outer) => repeat(2, { x: constant(3) }, (s) => ({ x: gradients(mul(square(s.x), outer.x), [s.x])[0] as Expr })))
    expect(valuesOf(slope, { x: ndarray("f32", [], Float32Array.of(5)) })).toEqual({ x: [300] })
  })
})

describe("T3: what is in the program of a loop", () => {
  const w = input("w", [2, 2])
  const h = input("h", [1, 2])
  const over = input("over", [3, 1, 2])

  test("one body for all its results, which print shows once", () => {
    const { carry, out } = horner(true)
    expect(print(makeProgram({ outputs: { last: carry.s, all: out.after } }))).toMatchInlineSnapshot(`
      "%0 = constant() 0 -> f32[]
      %1 = input() xs -> f32[4]
      %2 = scan(%0, %1) out 0 of 4 iterations from the last -> f32[4]
        %0 = input() carry0 -> f32[]
        %1 = input() slice0 -> f32[]
        %2 = constant() 2 -> f32[]
        %3 = mul(%0, %2) -> f32[]
        %4 = add(%3, %1) -> f32[]
        carry0: %4
        out0: %4
      %3 = scan(%0, %1) final 0 of 4 iterations from the last -> f32[]
      all: %2
      last: %3"
    `)
  })

  test("what does not depend on the iteration is computed before the loop", () => {
    const { h: last } = repeat(3, { h }, (s) => ({ h: matmul(s.h, exp(mul(w, 2))) }))
    const program = makeProgram({ outputs: { last } })
    expect(program.steps.map(({ op }) => op)).toEqual(["input", "input", "constant", "mul", "exp", "scan"])
    expect(loopsIn(program)[0]?.attrs.body.steps.map(({ op }) => op)).toEqual(["input", "input", "matmul"])
  })

  test("state, outputs and operands that nothing needs are left out, also of loops in loops", () => {
    const { carry } = scan({ carry: { a: h, b: h, c: h }, over: { x: over } }, (s, { x }) => ({
      carry: { a: repeat(2, { p: s.a, q: s.b }, ({ p, q }) => ({ p: sin(p), q: mul(q, x) })).p, b: mul(s.c, 2), c: matmul(s.b, w) },
      out: { y: mul(s.c, x) },
    }))
    const program = makeProgram({ outputs: { a: carry.a } })
    const [loop] = loopsIn(program)
    expect([Object.keys(program.inputs), loop?.attrs.carries, loop?.attrs.slices]).toEqual([["h"], 1, 0])
    expect(loopsIn(loop?.attrs.body as Program)[0]?.attrs.carries).toBe(1)
    expect(loopsIn(makeProgram({ outputs: { b: carry.b } }))[0]?.attrs.carries).toBe(2)
    verify(program)
  })

  test("equal loops are one, and the hash is that of the body, the length and the direction", () => {
    const make = (length: number, factor: number, reverse: boolean) =>
      makeProgram({ outputs: scan({ carry: { h }, length, reverse }, (s) => ({ carry: { h: mul(s.h, factor) } })).carry })
    const hashes = [make(2, 2, false), make(3, 2, false), make(2, 3, false), make(2, 2, true)].map(({ hash }) => hash)
    expect(new Set(hashes).size).toBe(4)
    expect(make(2, 2, false).hash).toBe(hashes[0])
    const twice = () => repeat(3, { h }, (s) => ({ h: tanh(s.h) })).h
    expect(loopsIn(makeProgram({ outputs: { y: add(twice(), mul(twice(), 2)) } }))).toHaveLength(1)
  })

  test("a loop costs what its body costs, once an iteration, and a carry lives twice", () => {
    const { carry } = scan({ carry: { h }, over: { x: over } }, (s, { x }) => ({ carry: { h: add(matmul(s.h, w), x) } }))
    // h, w, over, the result; inside, the state before and after a product.
    expect(cost(makeProgram({ outputs: carry }))).toEqual({ flops: 3 * (8 + 2), bytesMoved: 3 * 4 * (2 + 4 + 2 + 2 + 2 + 2), peakBytes: 4 * (2 + 4 + 6 + 2 + 2 + 2 + 2) })
  })
})

describe("A6: the gradient of a loop", () => {
  test("is one loop more, which takes the states that the first one found", () => {
    const [h, w] = [input("h", [1, 2]), input("w", [2, 2])]
    const { carry, out } = scan({ carry: { h }, length: 5 }, (s) => ({ carry: { h: tanh(matmul(s.h, w)) }, out: { y: s.h } }))
    const loss = add(reduceSum(carry.h), reduceSum(square(out.y)))
    const [dw, dh] = gradients(loss, [w, h]) as [Expr, Expr]
    const loops = loopsIn(makeProgram({ outputs: { loss, dw, dh } }))
    expect(loops.map(({ attrs: { result, reverse } }) => `${result} ${reverse ? "back" : "forth"}`).sort()).toEqual([
      "entering forth",
      "final back",
      "final back",
      "final forth",
      "out forth",
    ])
    expect(new Set(loops.map(({ attrs }) => attrs.body.hash)).size).toBe(2)
    checkGradients(loss, { h, w }, { h: uniform("h", [1, 2]), w: uniform("w", [2, 2]) })
  })

  test("asks for nothing but what is wanted: no sum of cotangents for a constant without a variable", () => {
    const [h, w] = [input("h", [1, 2]), input("w", [2, 2])]
    const { carry } = scan({ carry: { h }, length: 5 }, (s) => ({ carry: { h: tanh(matmul(s.h, w)) } }))
    const backward = (wrt: Expr) => loopsIn(makeProgram({ outputs: { g: gradients(reduceSum(carry.h), [wrt])[0] as Expr } })).find(({ attrs }) => attrs.reverse)
    expect([backward(h)?.attrs.carries, backward(w)?.attrs.carries]).toEqual([1, 2])
  })

  test("has a gradient: Hessian-vector products through loops, and loops in loops, are finite differences of gradients", () => {
    const [a, b] = [input("a", [2]), input("b", [3, 2])]
    const { carry, out } = scan({ carry: { a, n: constant(1, "i32") }, over: { b }, reverse: true }, (outer, x) => ({
      carry: { a: repeat(2, { z: outer.a }, ({ z }) => ({ z: sin(add(mul(z, x.b), a)) })).z, n: add(outer.n, 1) },
      out: { y: cos(mul(outer.a, x.b)) },
    }))
    const loss = add(reduceSum(square(carry.a)), reduceSum(out.y))
    const along = gradients(loss, [a, b]).map((g, i) => reduceSum(mul(g, stack([constant(f32(1, -2)), constant(f32(0.5, 3)), constant(f32(-1, 1))].slice(0, i === 0 ? 1 : 3), 0))))
    checkGradients(along.reduce((x, y) => add(x, y)), { a, b }, { a: uniform("a", [2], -1, 1), b: uniform("b", [3, 2], -1, 1) })
  })

  test("may end at a result of the loop, and goes on through the others", () => {
    const a = input("a", [2])
    const { carry, out } = scan({ carry: { a }, length: 2 }, (s) => ({ carry: { a: sin(s.a) }, out: { y: mul(s.a, 3) } }))
    const loss = add(reduceSum(square(carry.a)), reduceSum(out.y))
    const whole = vjp(({ b }) => ({ loss: add(reduceSum(square(b as Expr)), reduceSum(out.y)) }), { b: carry.a }).pullback({ loss: constant(1) })
    const [da, db] = pullback([[loss, constant(1)]], [a, carry.a]) as [Expr, Expr]
    const values = interpretWide(makeProgram({ outputs: { da, db, whole: whole["b"] as Expr } }), { a: { dtype: "f32", shape: [2], data: Float64Array.of(0.5, -1) } })
    const end = [0.5, -1].map((x) => 2 * Math.sin(Math.sin(x)))
    expectClose(values["db"], { shape: [2], data: end }, 1e-12)
    expectClose(values["whole"], { shape: [2], data: end }, 1e-12)
    // What ends at the state does not come through it again: only the outputs are left.
    expectClose(values["da"], { shape: [2], data: [0.5, -1].map((x) => 3 + 3 * Math.cos(x)) }, 1e-12)
  })

  test("goes through what is computed again, inside of a loop and around it", () => {
    const [a, b] = [input("a", [2]), input("b", [3, 2])]
    const turn = checkpoint(({ s, x }) => sin(mul(cos(s as Expr), exp(x as Expr))))
    const all = checkpoint(({ a: start }) => scan({ carry: { s: start as Expr }, over: { x: b } }, ({ s }, { x }) => ({ carry: { s: turn({ s, x }) } })).carry.s)
    checkGradients(reduceSum(square(all({ a }))), { a, b }, { a: uniform("a", [2], -1, 1), b: uniform("b", [3, 2], -1, 1) })
  })

  test("of a hundred iterations is that of a hundred ops in a row", () => {
    const x = input("x", [])
    const loop = repeat(100, { x }, (s) => ({ x: sin(mul(s.x, 1.1)) })).x
    const row = Array.from({ length: 100 }).reduce<Expr>((y) => sin(mul(y, 1.1)), x)
    const [a, b] = [gradients(loop, [x])[0] as Expr, gradients(row, [x])[0] as Expr]
    const values = interpretWide(makeProgram({ outputs: { a, b } }), { x: uniform("x", []) })
    expectClose(values["a"], values["b"], 1e-12)
  })
})

describe("T3: what is refused", () => {
  const a = input("a", [2])
  test("state that changes its type or its names", () => {
    expect(() => repeat(2, { a }, (s) => ({ a: stack([s.a, s.a]) }))).toThrow(
      'scan(f32[2], f32[2, 2]): expected the state "a" to stay f32[2]; an iteration makes it f32[2, 2]',
    )
    expect(() => scan({ carry: { a }, length: 2 }, () => ({ carry: {} as { a: Expr } }))).toThrow("a state of the names a, not ")
  })
  test("lengths that do not agree, or are missing", () => {
    const f = (s: { readonly a: Expr }) => ({ carry: s })
    expect(() => scan({ carry: { a } }, f)).toThrow("expected a length, or tensors with a first axis to iterate over")
    expect(() => scan({ carry: { a }, over: { x: input("x", [3]), y: input("y", [4, 2]) } }, f)).toThrow(
      'scan(f32[4, 2]): expected 3 slices of "y" along its first axis, one an iteration',
    )
    expect(() => scan({ carry: { a }, over: { x: input("x", []) }, length: 1 }, f)).toThrow('expected 1 slices of "x"')
    expect(() => scan({ carry: { a }, length: 1.5 }, f)).toThrow("expected a number of iterations, not 1.5")
  })
  test("a variable of a body outside of it", () => {
    let inside: Expr | undefined
    repeat(2, { a }, (s) => ((inside = s.a), s))
    expect(() => makeProgram({ outputs: { y: sub(inside as Expr, 1) } })).toThrow("input(f32[2]): expected a variable of a loop's body only inside of that body")
  })
})

test("iota counts iterations", () => {
  const { out } = scan({ carry: {}, over: { t: iota([3]) } }, (_, { t }) => ({ carry: {}, out: { t: mul(t, 2) } }))
  expect(valuesOf(out)).toEqual({ t: [0, 2, 4] })
})
