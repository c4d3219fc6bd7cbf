/** Batch and group norm in float64: against the formula written out, and against finite differences. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { batchNorm, batchNormTrain, groupNorm } from "../../../src/nn/batch-norm.ts"
import { mul, square } from "../../../src/tensor/elementwise.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { expectClose } from "../../support/close.ts"
import { interpretWide, type Wide, type Wides } from "../../support/interpreter.ts"
import { checkGradients, uniform } from "../tensor/finite-difference.ts"

const [n, c, h, w] = [3, 4, 2, 3] as const
const shifted = (x: Wide, by: number): Wide => ({ ...x, data: x.data.map((value) => value + by) })
const given: Wides = {
  x: shifted(uniform("x", [n, c, h, w]), 3),
  scale: uniform("scale", [c]),
  bias: uniform("bias", [c]),
  mean: shifted(uniform("mean", [c]), 2),
  variance: uniform("variance", [c], 0.5, 2),
}
const x = input("x", [n, c, h, w])
const [scale, bias, mean, variance] = ["scale", "bias", "mean", "variance"].map((name) => input(name, [c])) as [Expr, Expr, Expr, Expr]
const at = (name: string, i: number) => must(given[name]?.data[i], name)
const values = (outputs: Exprs) => {
  const program = makeProgram({ outputs })
  return interpretWide(program, Object.fromEntries(Object.entries(given).filter(([name]) => name in program.inputs)))
}
const average = (xs: readonly number[]) => xs.reduce((sum, a) => sum + a, 0) / xs.length
/** All of channel `k`. */
const channel = (k: number) => [...must(given["x"], "x").data].filter((_, i) => Math.floor(i / (h * w)) % c === k)
const moments = Array.from({ length: c }, (_, k) => {
  const m = average(channel(k))
  return { mean: m, variance: average(channel(k).map((a) => (a - m) ** 2)) }
})
const perElement = (f: (value: number, channel: number, image: number) => number): Wide => ({
  ...must(given["x"], "x"),
  data: must(given["x"], "x").data.map((value, i) => f(value, Math.floor(i / (h * w)) % c, Math.floor(i / (c * h * w)))),
})

describe("batch norm", () => {
  const found = batchNormTrain(x, { scale, bias }, { mean, variance }, { momentum: 0.25 })

  it("is (x - mean) / sqrt(var + 1e-5) scale + bias by the batch's moments, wherever the running mean is", () => {
    const want = perElement((value, k) => ((value - moments[k]!.mean) / Math.sqrt(moments[k]!.variance + 1e-5)) * at("scale", k) + at("bias", k))
    const { y, batchMean, batchVariance } = values({ y: found.y, batchMean: found.batch.mean, batchVariance: found.batch.variance })
    expectClose(y, want, 1e-6)
    expectClose(batchMean, { shape: [c], data: moments.map((m) => m.mean) }, 1e-6)
    expectClose(batchVariance, { shape: [c], data: moments.map((m) => m.variance) }, 1e-6)
  })

  it("moves running moments towards the batch's, whose variance is unbiased", () => {
    const count = n * h * w
    const next = values({ m: found.running.mean, v: found.running.variance })
    expectClose(next["m"], { shape: [c], data: moments.map((m, k) => 0.75 * at("mean", k) + 0.25 * m.mean) }, 1e-6)
    expectClose(next["v"], { shape: [c], data: moments.map((m, k) => 0.75 * at("variance", k) + 0.25 * (m.variance * count) / (count - 1)) }, 1e-6)
  })

  it("in evaluation takes the moments it is given", () => {
    const { y } = values({ y: batchNorm(x, { scale, bias }, { mean, variance }) })
    expectClose(y, perElement((value, k) => ((value - at("mean", k)) / Math.sqrt(at("variance", k) + 1e-5)) * at("scale", k) + at("bias", k)), 1e-6)
  })

  it("has the first and second derivatives of the formula, none by running moments (A1)", () => {
    const weights = input("weights", x.shape)
    const loss = reduceSum(mul(square(found.y), weights))
    const all = { ...given, weights: uniform("weights", x.shape) }
    const variables = { x, scale, bias, mean, weights }
    const named = Object.fromEntries(Object.keys(variables).map((name) => [name, must(all[name as keyof typeof all], name)]))
    checkGradients(loss, variables, named, 1e-6)
    checkGradients(reduceSum(square(gradients(loss, [x])[0] as Expr)), variables, named, 1e-4)
    const [byMean] = gradients(reduceSum(found.running.mean), [mean])
    expect(values({ byMean: byMean as Expr })["byMean"]?.data).toEqual(new Float64Array(c))
  })

  it("refuses one element a channel", () =>
    expect(() => batchNormTrain(input("x", [1, c]), { scale, bias }, { mean, variance })).toThrow("batchNormTrain(f32[1, 4]): expected two or more elements a channel, which have a variance"))
})

describe("group norm", () => {
  it("normalises each image's groups by themselves", () => {
    const { y } = values({ y: groupNorm(x, { scale, bias }, 2) })
    const data = must(given["x"], "x").data
    const size = (c / 2) * h * w
    const want = perElement(() => 0)
    data.forEach((value, i) => {
      const group = [...data.subarray(Math.floor(i / size) * size, Math.floor(i / size) * size + size)]
      const k = Math.floor(i / (h * w)) % c
      const m = average(group)
      want.data[i] = ((value - m) / Math.sqrt(average(group.map((a) => (a - m) ** 2)) + 1e-5)) * at("scale", k) + at("bias", k)
    })
    expectClose(y, want, 1e-6)
  })
  it("refuses groups that do not divide", () => expect(() => groupNorm(x, { scale, bias }, 3)).toThrow("groupNorm(f32[3, 4, 2, 3]): expected channels that 3 groups divide"))
})
