import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ndarray, type NdArray } from "../../../src/base/ndarray.ts"
import type { Device } from "../../../src/device/device.ts"
import { layerNorm, rmsNorm } from "../../../src/nn/norm.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { input } from "../../../src/tensor/source.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { expectClose } from "../../support/close.ts"
import { normal } from "../../support/normal.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const [rows, width] = [5, 12]
// Off centre and of different sizes; the last row has no variance at all.
const uneven = (x: number, at: number) => (at >= (rows - 1) * width ? 3 : x * (1 + Math.floor(at / width)) + 2)
const given = {
  x: ndarray("f32", [rows, width], normal("x", rows, width).data.map(uneven)),
  scale: normal("scale", width),
  bias: normal("bias", width),
}
const [x, scale, bias] = [input("x", [rows, width]), input("scale", [width]), input("bias", [width])]
const mean = (xs: readonly number[]) => xs.reduce((sum, a) => sum + a, 0) / xs.length
/** Each row through a formula in float64. */
const byRow = (f: (row: readonly number[]) => readonly number[]) => ({
  shape: [rows, width],
  data: Array.from({ length: rows }, (_, r) => f([...given.x.data.subarray(r * width, (r + 1) * width)])).flat(),
})
const at = (array: NdArray, i: number) => array.data[i] as number

describe("layerNorm", () => {
  it("is (x - mean) / sqrt(var + 1e-5) scale + bias, with the biased variance", async () => {
    const { y } = await runOnce(device, makeProgram({ outputs: { y: layerNorm(x, scale, bias) } }), given)
    const want = byRow((row) => {
      const m = mean(row)
      const variance = mean(row.map((a) => (a - m) ** 2))
      return row.map((a, i) => ((a - m) / Math.sqrt(variance + 1e-5)) * at(given.scale, i) + at(given.bias, i))
    })
    expectClose(y, want, 1e-5)
    expect((y as NdArray<"f32">).data.subarray((rows - 1) * width)).toEqual(given.bias.data)
  })
})

describe("rmsNorm", () => {
  it("is x / sqrt(mean(x^2) + 1e-5) scale", async () => {
    const { y } = await runOnce(device, makeProgram({ outputs: { y: rmsNorm(x, scale) } }), { x: given.x, scale: given.scale })
    expectClose(y, byRow((row) => row.map((a, i) => (a / Math.sqrt(mean(row.map((b) => b * b)) + 1e-5)) * at(given.scale, i))), 1e-5)
  })
})
