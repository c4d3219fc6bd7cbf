/** Loops on gpu.js: kernels are written, and compiled, as often for many iterations as for few. */
import * as E from "fp-ts/lib/Either.js"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { zeros } from "../../../src/base/ndarray.ts"
import { planProgram } from "../../../src/device/gpujs/plan.ts"
import { openDevice } from "../../../src/device/open.ts"
import { withProgram } from "../../../src/device/with-program.ts"
import { adamw } from "../../../src/nn/adamw.ts"
import { scalarsOf } from "../../../src/nn/optimiser.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import { trainingSteps } from "../../../src/nn/training-steps.ts"
import { add, mul, square, sub, tanh } from "../../../src/tensor/elementwise.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { scan } from "../../../src/tensor/loop.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"

/** Several tensors of one shape as state, as weights and their moments are, and a number from each iteration. */
const loop = (length: number) => {
  const [a, b, c] = ["a", "b", "c"].map((name) => input(name, [4, 4])) as [ReturnType<typeof input>, ReturnType<typeof input>, ReturnType<typeof input>]
  return scan({ carry: { a, b, c }, over: { x: input("x", [length, 4, 4]) } }, (s, { x }) => {
    const y = tanh(matmul(s.a, add(x, s.b)))
    const next = sub(s.b, mul(y, 0.1))
    return { carry: { a: s.c, b: next, c: add(s.a, mul(next, 0.5)) }, out: { sum: reduceSum(y) } }
  })
}
const forwards = (length: number): Program => {
  const { carry, out } = loop(length)
  return makeProgram({ outputs: { ...carry, ...out } })
}
const backwards = (length: number): Program => {
  const { carry } = loop(length)
  return makeProgram({ outputs: { slope: gradients(reduceSum(carry.a), [input("b", [4, 4])])[0]! } })
}

/** Steps of AdamW on four matrices of one shape. */
const training = (length: number): Program => {
  const names = ["p", "q", "r", "s"]
  const optimiser = adamw({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 })
  const step = trainingStep({
    trained: Object.fromEntries(names.map((name) => [name, [4, 4]])),
    given: { x: input("x", [4, 4]) },
    loss: (at) => reduceSum(square(names.reduce((x, name) => tanh(matmul(x, at[name]!)), at["x"]!))),
    optimiser,
    clip: 1,
  })
  return trainingSteps(step, length, ["x", ...scalarsOf(optimiser)])
}

describe("kernels of a loop", () => {
  it("have the same texts however long it is", () => {
    const texts = (program: Program) => planProgram(program, "webasm").kernels.map(({ source }) => source)
    const [short, long] = [texts(forwards(9)), texts(forwards(90))]
    // Those that join what is stacked differ with the length: one more for each factor of seven, and one for the rest.
    expect(short.length).toBeLessThan(14)
    expect(long.length).toBeLessThanOrEqual(short.length + 4)
    expect(texts(backwards(90)).length).toBeLessThanOrEqual(texts(backwards(9)).length + 4)
  })

  describe("on webasm", () => {
    const assembly = (globalThis as unknown as { readonly WebAssembly: { Module: new (bytes: Uint8Array) => object } }).WebAssembly
    const { Module } = assembly
    let modules = 0
    beforeEach(() => {
      modules = 0
      assembly.Module = class extends Module {
        constructor(bytes: Uint8Array) {
          super(bytes)
          modules++
        }
      }
    })
    afterEach(() => {
      assembly.Module = Module
    })

    const compiled = async (program: Program): Promise<number> => {
      const opened = await openDevice("gpujs:webasm", { threads: 1 })
      if (E.isLeft(opened)) throw new Error(opened.left.reason)
      const inputs = Object.fromEntries(Object.entries(program.inputs).map(([name, index]) => [name, zeros("f32", program.steps[index]!.shape)]))
      const before = modules
      await withProgram(opened.right, program, {}, (bound) => bound.run(inputs))
      await opened.right.close()
      return modules - before
    }

    it.each([
      ["results of a loop", forwards, 30],
      ["gradients of a loop", backwards, 30],
      ["training steps", training, 12],
    ])("are compiled as often for twice as many iterations: %s", async (_, make, length) => {
      const [few, many] = [await compiled(make(length)), await compiled(make(2 * length))]
      expect(few).toBeGreaterThan(5)
      expect(many - few).toBeLessThanOrEqual(10)
    })
  })
})
