/** State in one place: runs that write over what they read give the bytes of runs that do not. SPEC D2. */
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import type { Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { openOnnx } from "../../../src/device/onnx/open-onnx.ts"
import { clipScale, globalNorm } from "../../../src/nn/clip.ts"
import { add, mul, sub, tanh } from "../../../src/tensor/elementwise.ts"
import type { Exprs } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { overwritten } from "../../../src/tensor/overwritten.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { mean } from "../../../src/tensor/reduce.ts"
import { runOnce } from "../../support/any-device.ts"
import { differentiable, randomArguments, randomInputs, randomValue } from "./conformance/random-program.ts"

let device: Device
beforeAll(async () => {
  const opened = await openOnnx({ threads: 2 })
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  device = opened.right
})
afterAll(() => device.close())

/** Descent of a random loss: by its gradients as they are, so that some weights are read late, or by clipped ones, so that none is. */
const descent = (seed: string, clip: boolean): Program => {
  const inputs = randomInputs()
  const weights = differentiable.map((name) => must(inputs[name], name))
  const slopes = gradients(mean(tanh(randomValue(random(seed), inputs, 25))), weights)
  const rate = clip ? mul(clipScale(globalNorm(slopes), 1), 0.1) : 0.1
  const next: Exprs = Object.fromEntries(differentiable.map((name, i) => [name, sub(must(weights[i], name), mul(must(slopes[i], name), rate))]))
  return makeProgram({ inputs: Object.values(inputs), outputs: { ...next, seen: add(mean(must(next["a"], "a")), 1) } })
}

it.each([false, true])("random programs descend to the same bytes, their gradients clipped: %s", async (clip) => {
  let places = 0
  for (let i = 0; i < 40; i++) {
    const program = descent(`descent ${i}`, clip)
    places += overwritten(program).size
    const { rows, ...start } = randomArguments(random(`start ${i}`))
    const batch: Tensors = { rows: must(rows, "rows") }
    const compiled = await device.compile(program)
    const bound = await compiled.bind(start)
    let state: Tensors = start
    for (let step = 0; step < 3; step++) {
      const { seen, ...after } = await runOnce(device, program, { ...state, ...batch })
      expect((await bound.run(batch))["seen"]).toEqual(seen)
      state = after
      expect(await bound.resident(), `program ${i}, step ${step}`).toEqual(state)
    }
    await compiled.close()
  }
  expect(places).toBeGreaterThan(clip ? 200 : 100)
})
