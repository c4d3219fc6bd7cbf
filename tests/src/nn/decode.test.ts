/** Writing with a cache gives what reading everything again gives. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, zeros, type Tensors } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { withProgram } from "../../../src/device/with-program.ts"
import { cacheShapes, gptDecode, gptPrefill } from "../../../src/nn/decode.ts"
import { gptForward, gptShapes, initGpt, type GptConfig } from "../../../src/nn/gpt.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { input } from "../../../src/tensor/source.ts"
import { inputsOf } from "../../../src/tensor/trace.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { expectClose } from "../../support/close.ts"

const config: GptConfig = { vocabulary: 11, substrateWidth: 4, width: 8, heads: 2, blocks: 2 }
const [batch, places] = [2, 7]
const rows = [
  [1, 4, 2, 9, 3, 5, 10],
  [7, 7, 0, 6, 8, 2, 4],
]
/** Tokens of the prompts; the second is shorter, and something else stands behind it. */
const prompts = [3, 2]

describe("gptPrefill and gptDecode", () => {
  let device: Device
  beforeAll(async () => {
    device = await anyDevice()
  })
  afterAll(() => device.close())

  const model: Tensors = { ...initGpt(config, random("model")), substrate: ndarray("f32", [11, 4], random("substrate").normals(44)) }
  const declared = inputsOf(Object.fromEntries([...Object.entries(gptShapes(config)), ["substrate", [11, 4]]].map(([name, shape]) => [name, { shape: shape as number[] }])))
  const substrate = declared["substrate"] as Expr
  const ids = (values: readonly number[], ...shape: number[]) => ndarray("i32", shape, Int32Array.from(values))

  it("write what gptForward writes, with prompts of different lengths, one token at a time", async () => {
    const whole = makeProgram({ outputs: { logits: gptForward(config, declared, substrate, input("tokens", [batch, places], "i32")) } })
    const { logits: want } = await runOnce(device, whole, { ...model, tokens: ids(rows.flat(), batch, places) })
    const wanted = (row: number, at: number) => ({ shape: [11], data: [...must(want, "logits").data.slice((row * places + at) * 11, (row * places + at + 1) * 11)] })

    const length = Math.max(...prompts)
    const first = gptPrefill(config, declared, substrate, input("tokens", [batch, length], "i32"), places)
    const given = ids(rows.flatMap((row, r) => row.slice(0, length).map((id, at) => (at < (prompts[r] as number) ? id : 1))), batch, length)
    const { logits, ...cache } = await runOnce(device, makeProgram({ outputs: { logits: first.logits, ...first.cache } }), { ...model, tokens: given })
    expect(Object.keys(cache).sort()).toEqual(Object.keys(cacheShapes(config, batch, places)).sort())
    prompts.forEach((prompt, row) => {
      const from = (row * length + prompt - 1) * 11
      expectClose(ndarray("f32", [11], must(logits, "logits").data.slice(from, from + 11) as Float32Array), wanted(row, prompt - 1), 1e-4)
    })

    const old = inputsOf(Object.fromEntries(Object.entries(cacheShapes(config, batch, places)).map(([name, shape]) => [name, { shape }])))
    const [token, at] = [input("token", [batch], "i32"), input("at", [batch], "i32")]
    const step = gptDecode(config, declared, substrate, token, at, old)
    const program = makeProgram({ inputs: [...Object.values(declared), ...Object.values(old), token, at], outputs: { logits: step.logits, ...step.cache } })
    await withProgram(device, program, { ...model, ...cache }, async (bound) => {
      for (let more = 0; more < places - length; more++) {
        const positions = prompts.map((prompt) => prompt + more)
        const next = await bound.run({ token: ids(positions.map((p, row) => must(rows[row]?.[p], "token")), batch), at: ids(positions, batch) })
        expect(Object.keys(next)).toEqual(["logits"])
        positions.forEach((position, row) => {
          const got = must(next["logits"], "logits").data.slice(row * 11, row * 11 + 11) as Float32Array
          expectClose(ndarray("f32", [11], got), wanted(row, position), 1e-4)
        })
      }
    })
  })

  it("refuse a prompt that is longer than the cache", () => {
    expect(() => gptPrefill(config, declared, substrate, input("tokens", [1, 9], "i32"), 8)).toThrow("at most 8 tokens, the places of the cache")
  })

  it("have caches of two tensors a block", () => {
    expect(Object.values(cacheShapes(config, 3, 5))).toEqual(Array(4).fill([3, 2, 5, 4]))
    expect(zeros("f32", [3, 2, 5, 4]).data.length).toBe(120)
  })
})
