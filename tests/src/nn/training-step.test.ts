import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ndarray, type NdArray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { adamwScalars, type AdamW } from "../../../src/nn/adamw.ts"
import { clipScale, globalNorm } from "../../../src/nn/clip.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { gptForward, gptShapes, type GptConfig } from "../../../src/nn/gpt.ts"
import { inverseSqrt } from "../../../src/nn/schedule.ts"
import { initMoments, trainingStep } from "../../../src/nn/training-step.ts"
import { mul, sub } from "../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { expectClose } from "../../support/close.ts"

const optimiser: AdamW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 }

describe("inverseSqrt", () => {
  it("rises linearly to the peak and falls as 1/sqrt(step), continuously", () => {
    const rate = inverseSqrt(0.01, 4)
    expect([1, 2, 4, 16, 400].map(rate)).toEqual([0.0025, 0.005, 0.01, 0.005, 0.001].map((x) => expect.closeTo(x, 15)))
  })
})

describe("adamwScalars", () => {
  it("are lr r / (1 - b1^t), eps r and 1 - lr decay, where r is sqrt(1 - b2^t)", () => {
    const value = (t: number) => Object.fromEntries(Object.entries(adamwScalars(optimiser, 0.01, t)).map(([name, { data }]) => [name, data[0]]))
    expect(value(1)).toEqual({ "adam/rate": expect.closeTo(0.1 * Math.sqrt(0.05), 7), "adam/epsilon": expect.closeTo(1e-8 * Math.sqrt(0.05), 15), "adam/keep": expect.closeTo(0.999, 7) })
    expect(value(1000)).toEqual({ "adam/rate": expect.closeTo(0.01, 7), "adam/epsilon": expect.closeTo(1e-8, 15), "adam/keep": expect.closeTo(0.999, 7) })
  })
})

describe("on a device", () => {
  let device: Device
  beforeAll(async () => {
    device = await anyDevice()
  })
  afterAll(() => device.close())

  it("clips by the norm of all gradients together, and leaves small ones alone", async () => {
    const [a, b] = [ndarray("f32", [2], Float32Array.of(3, 0)), ndarray("f32", [1, 1], Float32Array.of(-4))]
    const norm = globalNorm([input("a", [2]), input("b", [1, 1])])
    const program = makeProgram({ outputs: { norm, halved: clipScale(norm, 2.5), kept: clipScale(norm, 5.1) } })
    const { norm: n, halved, kept } = await runOnce(device, program, { a, b })
    expect(n?.data[0]).toBeCloseTo(5, 5)
    expect(halved?.data[0]).toBeCloseTo(0.5, 5)
    expect(kept?.data[0]).toBe(1)
  })

  it("loses -ln softmax(logits)[target] on the mean token", async () => {
    const logits = ndarray("f32", [3, 4], random("logits").normals(12))
    const targets = ndarray("i32", [3], Int32Array.of(2, 0, 3))
    const { loss } = await runOnce(device, makeProgram({ outputs: { loss: crossEntropy(input("logits", [3, 4]), input("targets", [3], "i32")) } }), { logits, targets })
    const each = [...targets.data].map((target, row) => {
      const xs = [...logits.data.subarray(row * 4, row * 4 + 4)]
      return Math.log(xs.reduce((sum, x) => sum + Math.exp(x), 0)) - (xs[target] as number)
    })
    expect(loss?.data[0]).toBeCloseTo(each.reduce((sum, x) => sum + x, 0) / 3, 5)
  })

  it("makes the steps of AdamW with clipping, as written out in float64", async () => {
    const limit = 1.5
    const start: Tensors = { matrix: ndarray("f32", [2, 3], random("matrix").normals(6)), vector: ndarray("f32", [4], random("vector").normals(4)) }
    const goal = { matrix: [1, -2, 3, 0, 0.5, -1], vector: [2, 2, -2, 0] }
    const toGoal = (x: Exprs, name: keyof typeof goal): Expr => {
      const miss = sub(x[name] as Expr, x[`goal/${name}`] as Expr)
      return reduceSum(mul(miss, miss))
    }
    const goals: Tensors = { "goal/matrix": ndarray("f32", [2, 3], Float32Array.from(goal.matrix)), "goal/vector": ndarray("f32", [4], Float32Array.from(goal.vector)) }
    const program = trainingStep({
      trained: { matrix: [2, 3], vector: [4] },
      given: Object.fromEntries(Object.entries(goals).map(([name, { shape }]) => [name, input(name, shape)])),
      loss: (x) => toGoal(x, "matrix"),
      optimiser,
      clip: limit,
    })
    // The vector has no part in the loss: a zero gradient must leave it where it is, since vectors do not decay.
    const compiled = await device.compile(program)
    const bound = await compiled.bind({ ...start, ...initMoments(start), ...goals })
    const rate = inverseSqrt(0.1, 3)

    let [w, m, v] = [[...(start["matrix"] as NdArray).data], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]] as [number[], number[], number[]]
    for (let t = 1; t <= 6; t++) {
      const { loss, gradient_norm } = await bound.run(adamwScalars(optimiser, rate(t), t))
      const g = w.map((x, i) => 2 * (x - (goal.matrix[i] as number)))
      const norm = Math.hypot(...g)
      expect(loss?.data[0]).toBeCloseTo((norm / 2) ** 2, 4)
      expect(gradient_norm?.data[0]).toBeCloseTo(norm, 4)
      const clipped = g.map((x) => x * Math.min(1, limit / norm))
      m = m.map((x, i) => 0.9 * x + 0.1 * (clipped[i] as number))
      v = v.map((x, i) => 0.95 * x + 0.05 * (clipped[i] as number) ** 2)
      w = w.map((x, i) => {
        const step = (m[i] as number) / (1 - 0.9 ** t) / (Math.sqrt((v[i] as number) / (1 - 0.95 ** t)) + 1e-8)
        return x * (1 - rate(t) * 0.1) - rate(t) * step
      })
    }
    const end = await bound.resident()
    expectClose(end["matrix"], { shape: [2, 3], data: w }, 1e-5)
    expectClose(end["m/matrix"], { shape: [2, 3], data: m }, 1e-5)
    expectClose(end["v/matrix"], { shape: [2, 3], data: v }, 1e-5)
    expect(end["vector"]).toEqual(start["vector"])
    await bound.close()
    await compiled.close()
  })
})

describe("trainingStep", () => {
  /** A step of a GPT-like model whose lowest `frozen` blocks do not train. */
  const step = (blocks: number, frozen: number, trainSubstrate = false): Program => {
    const config: GptConfig = { vocabulary: 20, substrateWidth: 8, width: 8, heads: 2, blocks }
    const isFrozen = (name: string) => Array.from({ length: frozen }, (_, i) => `block/${i}/`).some((prefix) => name.startsWith(prefix))
    const shapes = { ...gptShapes(config), substrate: [20, 8] }
    const trains = (name: string) => (name === "substrate" ? trainSubstrate : !isFrozen(name))
    const split = (keep: boolean) => Object.fromEntries(Object.entries(shapes).filter(([name]) => trains(name) === keep))
    const batch = { input: input("input", [2, 8], "i32"), target: input("target", [2, 8], "i32") }
    return trainingStep({
      trained: split(true),
      given: { ...Object.fromEntries(Object.entries(split(false)).map(([name, shape]) => [name, input(name, shape)])), ...batch },
      loss: (x) => crossEntropy(gptForward(config, x, x["substrate"] as Expr, x["input"] as Expr), x["target"] as Expr),
      optimiser,
      clip: 1,
    })
  }
  const count = (program: Program, op: string) => program.steps.filter((each) => each.op === op).length

  it("spends no product on the gradients of frozen blocks: 8 for one of them, 24 for one that trains, 3 for the head", () => {
    const products = (blocks: number, frozen: number) => count(step(blocks, frozen), "matmul")
    expect([products(1, 0), products(3, 0), products(3, 1), products(3, 2)]).toEqual([24 + 3, 3 * 24 + 3, 2 * 24 + 8 + 3, 24 + 2 * 8 + 3])
  })

  it("gives back trained weights and their moments, and nothing that is frozen", () => {
    const outputs = Object.keys(step(2, 1).outputs)
    expect(outputs).toContain("block/1/mlp/up")
    expect(outputs).toContain("v/head/weight")
    expect(outputs.filter((name) => name.includes("block/0/") || name.includes("substrate"))).toEqual([])
  })

  it("sends a gradient into the substrate when that trains, and only then", () => {
    expect(count(step(1, 0), "scatter_add")).toBe(0)
    expect(count(step(1, 0, true), "scatter_add")).toBe(1)
    expect(Object.keys(step(1, 0, true).outputs)).toContain("substrate")
  })
})
