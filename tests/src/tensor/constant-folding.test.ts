import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ndarray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { foldConstants } from "../../../src/tensor/constant-folding.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { broadcastTo, reshape } from "../../../src/tensor/reshape.ts"
import { floor } from "../../../src/tensor/rounding.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"

const literal = (name: string, ...shape: number[]): Expr =>
  constant(ndarray("f32", shape, random(name).normals(shape.reduce((n, extent) => n * extent, 1))))

describe("constant folding (T9)", () => {
  let device: Device
  beforeAll(async () => {
    device = await anyDevice()
  })
  afterAll(() => device.close())

  const [a, b] = [literal("a", 3, 5), literal("b", 5)]
  const positive = e.abs(a)
  /** Every op that is folded, on literals that broadcast. */
  const all: { readonly [name: string]: Expr } = {
    neg: e.neg(e.abs(a)), abs: positive, sqrt: e.sqrt(positive), reciprocal: e.reciprocal(a), floor: floor(a),
    add: e.add(a, b), sub: e.sub(a, b), mul: e.mul(a, b), div: e.div(a, b), max: e.max(a, b), min: e.min(a, b),
    eq: e.eq(a, a), lt: e.lt(a, b), le: e.le(b, a), and: e.and(e.lt(a, b), e.lt(a, 0)), or: e.or(e.lt(a, b), e.lt(a, 0)), not: e.not(e.lt(a, b)),
    where: e.where(e.lt(a, b), a, b), reshape: reshape(e.add(a, b), [5, 3]), broadcast: broadcastTo(b, [2, 3, 5]),
  }

  it("leaves literals alone in place of what is made of literals, and the bytes that a device would have computed", async () => {
    const program = makeProgram({ outputs: all })
    const less = foldConstants(program)
    verify(less)
    expect(new Set(program.steps.map(({ op }) => op)).size).toBeGreaterThan(15)
    expect([...new Set(less.steps.map(({ op }) => op))]).toEqual(["constant"])
    const want = await runOnce(device, program, {})
    for (const [name, index] of Object.entries(less.outputs)) {
      const step = less.steps[index]
      expect([name, step?.op === "constant" ? step.attrs.value : undefined]).toEqual([name, want[name]])
    }
  })

  it("keeps what depends on an input, every input that was declared, and what a device rounds in its own way", async () => {
    const x = input("x", [5])
    const outputs = { mixed: e.add(e.mul(x, e.add(b, 1)), 2), exp: e.exp(b), sum: reduceSum(b) }
    const program = makeProgram({ inputs: [x, input("unused", [2])], outputs })
    const less = foldConstants(program)
    verify(less)
    expect(Object.keys(less.inputs)).toEqual(["unused", "x"])
    expect(less.steps.map(({ op }) => op).filter((op) => op !== "constant" && op !== "input").sort()).toEqual(["add", "exp", "mul", "reduce_sum"])
    expect(program.steps.filter(({ op }) => op === "add")).toHaveLength(2)
    const given: Tensors = { x: ndarray("f32", [5], random("x").normals(5)), unused: ndarray("f32", [2], new Float32Array(2)) }
    expect(await runOnce(device, less, given)).toEqual(await runOnce(device, program, given))
  })

  it("leaves large results, integers and 16-bit floats to the device", () => {
    const wide = broadcastTo(constant(1), [2000])
    const whole = e.add(constant(2 ** 30, "i32"), constant(2 ** 30, "i32"))
    const half = reshape(constant(ndarray("f16", [2], new Uint16Array(2))), [2, 1])
    const ops = (y: Expr) => foldConstants(makeProgram({ outputs: { y } })).steps.map(({ op }) => op)
    expect([ops(wide), ops(whole), ops(half)]).toEqual([["constant", "broadcast"], ["constant", "add"], ["constant", "reshape"]])
  })
})
