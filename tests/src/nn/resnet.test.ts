/** A residual network: its size, its two phases, and that it learns from what a training step carries. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, sizeOf, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { heNormal } from "../../../src/nn/initialise.ts"
import { initState } from "../../../src/nn/optimiser.ts"
import { initResnet, resnetForward, resnetMoments, resnetShapes, type ResnetConfig } from "../../../src/nn/resnet.ts"
import { sgd } from "../../../src/nn/sgd.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import type { Expr, Exprs } from "../../../src/tensor/expr.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"

const inputsOf = (shapes: { readonly [name: string]: readonly number[] }): Exprs => Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]))

describe("ResNet-20", () => {
  const config: ResnetConfig = { channels: 3, classes: 10, widths: [16, 32, 64], blocks: 3 }
  const inputs = inputsOf({ ...resnetShapes(config), ...resnetMoments(config) })
  const images = input("images", [2, 3, 32, 32])

  it("has the 269,722 weights of the paper's 0.27 M, and 19 convolutions", () => {
    expect(Object.values(resnetShapes(config)).reduce((n, shape) => n + sizeOf(shape), 0)).toBe(269_722)
    const { logits, moments } = resnetForward(config, inputs, images, { phase: "eval" })
    expect([logits.shape, Object.keys(moments)]).toEqual([[2, 10], []])
    expect(makeProgram({ outputs: { logits } }).steps.filter(({ op }) => op === "conv2d").map(({ shape }) => shape[2])).toEqual([...Array(7).fill(32), ...Array(6).fill(16), ...Array(6).fill(8)])
  })

  it("in training gives back every running moment under its name", () => {
    const { moments } = resnetForward(config, inputs, images, { phase: "train" })
    expect(Object.fromEntries(Object.entries(moments).map(([name, { shape }]) => [name, shape]))).toEqual(resnetMoments(config))
  })

  it("starts He normal", () => {
    const { data } = heNormal(random("he"), [64, 32, 3, 3])
    expect(Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length)).toBeCloseTo(Math.sqrt(2 / (32 * 9)), 3)
    const { weights, moments } = initResnet(config, random("net"))
    expect([weights["stem/scale"]?.data[0], weights["stem/bias"]?.data[0], moments["stem/mean"]?.data[0], moments["stem/variance"]?.data[0]]).toEqual([1, 0, 0, 1])
    expect(weights["stem/weight"]).toEqual(initResnet({ ...config, blocks: 1 }, random("net")).weights["stem/weight"])
  })
})

describe("on a device", () => {
  let device: Device
  beforeAll(async () => {
    device = await anyDevice()
  })
  afterAll(() => device.close())

  it("tells stripes by their direction, and keeps doing so by its running moments", async () => {
    const config: ResnetConfig = { channels: 1, classes: 2, widths: [4, 8], blocks: 1 }
    const [count, extent] = [16, 8]
    const { weights, moments } = initResnet(config, random("stripes"))
    /** Rows or columns of alternating sign with noise, of any phase: only their direction tells them apart. */
    const batch = (seed: string): Tensors => {
      const [noise, phase] = [random(seed).normals(count * extent * extent), random(`${seed} phase`)]
      const pixel = (i: number) => {
        const image = Math.floor(i / (extent * extent))
        const place = image % 2 === 0 ? i % extent : Math.floor(i / extent) % extent
        return ((place + phase.below(image, 2)) % 2 === 0 ? 1 : -1) + 0.3 * must(noise[i], "noise")
      }
      return {
        images: ndarray("f32", [count, 1, extent, extent], Float32Array.from({ length: count * extent * extent }, (_, i) => pixel(i))),
        classes: ndarray("i32", [count], Int32Array.from({ length: count }, (_, i) => i % 2)),
      }
    }
    const given = { ...inputsOf(resnetMoments(config)), images: input("images", [count, 1, extent, extent]), classes: input("classes", [count], "i32") }
    const optimiser = sgd({ momentum: 0.9, weightDecay: 1e-4 })
    const program = trainingStep({
      trained: resnetShapes(config),
      given,
      loss: (inputs) => {
        const { logits, moments } = resnetForward(config, inputs, inputs["images"] as Expr, { phase: "train" })
        return { loss: crossEntropy(logits, inputs["classes"] as Expr), carried: moments }
      },
      optimiser,
    })
    const compiled = await device.compile(program)
    const bound = await compiled.bind({ ...weights, ...moments, ...initState(optimiser, weights) })
    const losses: number[] = []
    for (let t = 1; t <= 40; t++) losses.push(must((await bound.run({ ...batch(`batch ${t}`), ...optimiser.at(0.05, t) }))["loss"]?.data[0], "loss"))
    expect(losses[0]).toBeGreaterThan(0.4)
    expect(losses.at(-1)).toBeLessThan(0.05)

    const trained = await bound.resident()
    await bound.close()
    await compiled.close()
    expect(trained["stem/mean"]?.data).not.toEqual(moments["stem/mean"]?.data)
    const fixed = inputsOf({ ...resnetShapes(config), ...resnetMoments(config) })
    const { logits } = resnetForward(config, fixed, given.images, { phase: "eval" })
    const kept = Object.fromEntries(Object.entries(trained).filter(([name]) => name in fixed))
    const fresh = batch("unseen")
    const { loss } = await runOnce(device, makeProgram({ outputs: { loss: crossEntropy(logits, given.classes) } }), { ...kept, ...fresh })
    expect(loss?.data[0]).toBeLessThan(0.1)
  })
})

describe("trainingStep", () => {
  const make = (carried: Exprs) => trainingStep({ trained: { w: [2] }, given: { count: input("count", []) }, loss: ({ w }) => ({ loss: reduceSum(w as Expr), carried }), optimiser: sgd({ momentum: 0, weightDecay: 0 }) })
  it("gives back what the loss carries under the name it was given by", () => expect(Object.keys(make({ count: input("count", []) }).outputs)).toEqual(["count", "gradient_norm", "loss", "w"]))
  it("refuses to carry what was not given, and another type than was given", () => {
    expect(() => make({ other: input("count", []) })).toThrow("trainingStep, carried other(f32[]): expected a name that is given")
    expect(() => make({ count: input("w", [2]) })).toThrow("trainingStep, carried count(f32[2]): expected the type that is given, f32[]")
  })
})
