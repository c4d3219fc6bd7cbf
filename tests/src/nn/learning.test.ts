/** Training in the float64 interpreter: losses, optimisers and schedules without any device. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, scalar, zeros, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { adamw, adamwScalars } from "../../../src/nn/adamw.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { embed } from "../../../src/nn/embedding.ts"
import { gptForward, gptShapes, initGpt } from "../../../src/nn/gpt.ts"
import { initState, type Optimiser } from "../../../src/nn/optimiser.ts"
import { constantRate, cosineDecay, cosineRestarts, oneCycle, polynomialDecay, stepDecay, warmupStableDecay } from "../../../src/nn/schedule.ts"
import { sgd, sgdScalars } from "../../../src/nn/sgd.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import { square } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"
import { interpret, interpretWide } from "../../support/interpreter.ts"

const valueOf = (y: Expr, inputs: Tensors = {}): number[] => [...must(interpret(makeProgram({ outputs: { y } }), inputs)["y"], "y").data]

describe("a tiny GPT", () => {
  const config = { vocabulary: 6, substrateWidth: 4, width: 8, heads: 2, blocks: 1 }
  const ids = ndarray("i32", [2, 4], Int32Array.of(0, 1, 2, 3, 4, 5, 0, 1))
  const next = ndarray("i32", [2, 4], Int32Array.of(1, 2, 3, 4, 5, 0, 1, 2))
  const substrate = ndarray(
    "f32",
    [6, 4],
    random("substrate")
      .normals(24)
      .map((x) => x / 2),
  )

  const losses = (optimiser: Optimiser, scalarsOf: (t: number) => Tensors, steps: number): number[] => {
    const given = { substrate: input("substrate", [6, 4]), ids: input("ids", [2, 4], "i32"), next: input("next", [2, 4], "i32") }
    const program = trainingStep({
      trained: gptShapes(config),
      given,
      loss: (x) => crossEntropy(gptForward(config, x, x["substrate"] as Expr, x["ids"] as Expr), x["next"] as Expr),
      optimiser,
    })
    verify(program)
    const weights = initGpt(config, random("tiny"))
    let state: Tensors = { ...weights, ...initState(optimiser, weights) }
    return Array.from({ length: steps }, (_, i) => {
      const { loss, gradient_norm, ...next_ } = interpret(program, { ...state, substrate, ids, next, ...scalarsOf(i + 1) })
      expect(gradient_norm?.data[0]).toBeGreaterThan(0)
      expect(Object.keys(next_)).toEqual(Object.keys(state).sort())
      state = next_
      return must(loss?.data[0], "loss")
    })
  }

  it("learns to count with AdamW", () => {
    const settings = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 }
    const curve = losses(adamw(settings), (t) => adamwScalars(settings, 0.03, t), 25)
    expect(curve[0]).toBeCloseTo(Math.log(6), 1)
    expect(curve.at(-1)).toBeLessThan(0.1)
  })

  it("learns with momentum, and without", () => {
    for (const settings of [
      { momentum: 0.9, weightDecay: 0 },
      { momentum: 0, weightDecay: 0.01 },
    ]) {
      const curve = losses(sgd(settings), () => sgdScalars(settings, settings.momentum > 0 ? 0.1 : 1), 15)
      expect(curve.at(-1)).toBeLessThan(0.8 * (curve[0] as number))
    }
  })
})

describe("sgd", () => {
  it("is m' = momentum m + g, w' = w keep - lr m'", () => {
    const program = trainingStep({
      trained: { w: [1, 1] },
      given: {},
      loss: ({ w }) => reduceSum(square(w as Expr)),
      optimiser: sgd({ momentum: 0.5, weightDecay: 0.1 }),
    })
    const at = (value: number) => ({ dtype: "f32", shape: [1, 1], data: Float64Array.of(value) }) as const
    const number = (value: number) => ({ dtype: "f32", shape: [], data: Float64Array.of(value) }) as const
    const { w, "m/w": m } = interpretWide(program, { w: at(3), "m/w": at(4), "sgd/rate": number(0.1), "sgd/keep": number(0.99) })
    expect(m?.data[0]).toBeCloseTo(0.5 * 4 + 6, 12)
    expect(w?.data[0]).toBeCloseTo(3 * 0.99 - 0.1 * 8, 12)
    expect(sgdScalars({ momentum: 0.5, weightDecay: 0.1 }, 0.1)).toEqual({
      "sgd/rate": scalar("f32", 0.1),
      "sgd/keep": scalar("f32", 0.99),
    })
  })
})

describe("crossEntropy", () => {
  const logits = constant(ndarray("f32", [2, 2, 3], Float32Array.of(0, 0, 0, 5, 0, 0, 0, 9, 0, 1, 2, 3)))
  const targets = constant(ndarray("i32", [2, 2], Int32Array.of(0, 0, 1, 0)))
  const mask = (...bits: number[]) => constant(ndarray("bool", [2, 2], Uint8Array.from(bits)))
  const nll = [Math.log(3), Math.log(1 + 2 * Math.exp(-5)), Math.log(1 + 2 * Math.exp(-9)), Math.log(1 + Math.E + Math.E ** 2)] as const

  it("is the mean over all, or over what the mask keeps", () => {
    expect(valueOf(crossEntropy(logits, targets))[0]).toBeCloseTo((nll[0] + nll[1] + nll[2] + nll[3]) / 4, 6)
    expect(valueOf(crossEntropy(logits, targets, { mask: mask(1, 0, 0, 1) }))[0]).toBeCloseTo((nll[0] + nll[3]) / 2, 6)
  })

  it("is 0 where the mask keeps nothing", () => expect(valueOf(crossEntropy(logits, targets, { mask: mask(0, 0, 0, 0) }))[0]).toBeCloseTo(0, 12))
})

describe("embed", () => {
  const substrate = constant(ndarray("f32", [2, 4], Float32Array.of(0.5, -0.5, 0.5, 0.5, 1, 0, 0, 0)))
  const tokens = constant(ndarray("i32", [1, 2], Int32Array.of(1, 0)))

  it("scales unit rows to an RMS of 1, unless told not to", () => {
    expect(valueOf(embed(substrate, tokens, 4))).toEqual([2, 0, 0, 0, 1, -1, 1, 1])
    expect(valueOf(embed(substrate, tokens, 4, false))).toEqual([1, 0, 0, 0, 0.5, -0.5, 0.5, 0.5])
  })
  it("repeats coordinates to the width of the model", () => {
    expect(valueOf(embed(substrate, tokens, 8, false)).slice(8)).toEqual([0.5, 0.5, -0.5, -0.5, 0.5, 0.5, 0.5, 0.5])
  })
  it("refuses a width that is no multiple", () => {
    expect(() => embed(substrate, tokens, 6)).toThrow("embed(f32[2, 4], i32[1, 2]): expected a substrate whose width divides 6")
  })
})

describe("schedules depend on the step alone", () => {
  it("constant after the warm-up", () => expect([1, 2, 4, 100].map(constantRate(0.8, 4))).toEqual([0.2, 0.4, 0.8, 0.8]))
  it("cosines of a fixed period, again and again", () => {
    const rate = cosineRestarts(1, 10, 100, 0.2)
    expect([5, 10, 60, 109, 110, 160].map((step) => Number(rate(step).toFixed(3)))).toEqual([0.5, 1, 0.6, 0.2, 1, 0.6])
  })
  const at = (rate: (step: number) => number, ...steps: readonly number[]) => steps.map((step) => Number(rate(step).toFixed(4)))
  it("one cosine that ends, and stays where it ended", () => expect(at(cosineDecay(1, 10, 110, 0.1), 5, 10, 60, 110, 500)).toEqual([0.5, 1, 0.55, 0.1, 0.1]))
  it("a power of what is left", () => {
    expect(at(polynomialDecay(2, 4, 14), 2, 4, 9, 14, 99)).toEqual([1, 2, 1, 0, 0])
    expect(at(polynomialDecay(1, 4, 14, { power: 2, floor: 0.2 }), 9, 14)).toEqual([0.4, 0.2])
  })
  it("a plateau, then a line", () => expect(at(warmupStableDecay(1, 2, 10, 20, 0.5), 1, 2, 10, 15, 20, 30)).toEqual([0.5, 1, 1, 0.75, 0.5, 0.5]))
  it("a tenth after each milestone", () => expect(at(stepDecay(1, [10, 20], 0.1, 4), 2, 4, 10, 11, 21)).toEqual([0.5, 1, 1, 0.1, 0.01]))
  it("one cycle up and down", () => expect(at(oneCycle(1, 10, 30), 0, 5, 10, 20, 30, 40)).toEqual([0.04, 0.52, 1, 0.5, 0, 0]))
})

it("state starts at zero, of the shape of its weight", () => {
  expect(initState({ state: () => ({ m: "zeros", v: "zeros" }) }, { w: zeros("f32", [2, 2]) })).toEqual({
    "m/w": zeros("f32", [2, 2]),
    "v/w": zeros("f32", [2, 2]),
  })
})
