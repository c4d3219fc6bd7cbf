/** Several training steps in one call against the same steps in several calls. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, type NdArray, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { openDevice } from "../../../src/device/open.ts"
import { withProgram } from "../../../src/device/with-program.ts"
import { adamw } from "../../../src/nn/adamw.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { gptForward, gptShapes, initGpt } from "../../../src/nn/gpt.ts"
import { initState, scalarsOf } from "../../../src/nn/optimiser.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import { trainingSteps } from "../../../src/nn/training-steps.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { input } from "../../../src/tensor/source.ts"
import { verify } from "../../../src/tensor/verify.ts"

const config = { vocabulary: 20, substrateWidth: 8, width: 16, heads: 2, blocks: 2 }
const times = 5
const optimiser = adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 })
const frozen = (name: string) => name.startsWith("block/0/")
const pick = <A>(all: { readonly [name: string]: A }, keep: (name: string) => boolean) => Object.fromEntries(Object.entries(all).filter(([name]) => keep(name)))

const shapes = gptShapes(config)
const step = trainingStep({
  trained: pick(shapes, (name) => !frozen(name)),
  given: {
    ...Object.fromEntries(Object.entries(pick(shapes, frozen)).map(([name, shape]) => [name, input(name, shape)])),
    substrate: input("substrate", [20, 8]),
    ids: input("ids", [2, 8], "i32"),
    next: input("next", [2, 8], "i32"),
  },
  loss: (x) => crossEntropy(gptForward(config, x, x["substrate"] as Expr, x["ids"] as Expr), x["next"] as Expr),
  optimiser,
  clip: 1,
})
const each = ["ids", "next", ...scalarsOf(optimiser)]
const weights = initGpt(config, random("weights"))
const resident: Tensors = { ...weights, ...initState(optimiser, pick(weights, (name) => !frozen(name))), substrate: ndarray("f32", [20, 8], random("s").normals(160)) }
const ids = (label: string) => ndarray("i32", [2, 8], Int32Array.from({ length: 16 }, (_, i) => random(label).below(i, 20)))
const batches = Array.from({ length: times }, (_, t): Tensors => ({ ids: ids(`ids ${t}`), next: ids(`next ${t}`), ...optimiser.at(0.01, t + 1) }))

const stacked = (all: readonly Tensors[]): Tensors =>
  Object.fromEntries(
    each.map((name): [string, NdArray] => {
      const parts = all.map((one) => must(one[name], name))
      const { dtype, shape } = must(parts[0], name)
      const numbers = parts.flatMap(({ data }) => [...data])
      return [name, { dtype, shape: [all.length, ...shape], data: dtype === "i32" ? Int32Array.from(numbers) : Float32Array.from(numbers) }]
    }),
  )

describe("several training steps in one call", () => {
  it.each([
    ["onnx", 1],
    ["onnx", 2],
    ["gpujs:webasm", 1],
    ["gpujs:cpu", 1],
  ] as const)("give the bytes of the steps one by one, on %s with %d threads (D4)", async (name, threads) => {
    const opened = await openDevice(name, { threads })
    if (E.isLeft(opened)) return expect(name).toBe("onnx")
    const device = opened.right
    const program = trainingSteps(step, times, each)
    verify(program)
    const one = await withProgram(device, step, resident, async (bound) => {
      const results: Tensors[] = []
      for (const batch of batches) results.push(await bound.run(batch))
      return { losses: results.map(({ loss }) => loss?.data[0]), norms: results.map(({ gradient_norm }) => gradient_norm?.data[0]), end: await bound.resident() }
    })
    const all = await withProgram(device, program, resident, async (bound) => {
      const { loss, gradient_norm } = await bound.run(stacked(batches))
      return { losses: [...must(loss, "loss").data], norms: [...must(gradient_norm, "norm").data], end: await bound.resident() }
    })
    await device.close()
    expect(all.losses).toEqual(one.losses)
    expect(all.norms).toEqual(one.norms)
    expect(all.end).toEqual(one.end)
    expect(one.losses[0]).not.toBe(one.losses.at(-1))
  })

  it("refuse to take state, or what is no input, anew for every step", () => {
    expect(() => trainingSteps(step, 2, ["ids", "head/weight"])).toThrow("inputs that no output replaces, not head/weight")
    expect(() => trainingSteps(step, 2, ["targets"])).toThrow("not targets")
  })
})
