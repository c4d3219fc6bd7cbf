/** Trapping what is not finite: the first step that makes it, with its operands; and the same bytes where nothing does. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { ndarray, type Tensors } from "../../../src/base/ndarray.ts"
import type { Device, DeviceName } from "../../../src/device/device.ts"
import { openDevice } from "../../../src/device/open.ts"
import { add, div, log, max, mul, sub } from "../../../src/tensor/elementwise.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { pad } from "../../../src/tensor/reshape.ts"
import { trace } from "../../../src/tensor/trace.ts"

const open = async (name: DeviceName, trapNan: boolean): Promise<Device> => {
  const device = await openDevice(name, { threads: 1, trapNan })
  if (E.isLeft(device)) throw new Error(device.left.reason)
  return device.right
}
const vector = (...values: readonly number[]) => ndarray("f32", [values.length], Float32Array.from(values))

/** The state is halved by the sum of `x`; a sum of 0 divides by zero. */
const program = trace({ w: { shape: [3] }, x: { shape: [2] } }, ({ w, x }) => {
  const ratio = div(w, reduceSum(x))
  return { w: ratio, loss: reduceSum(mul(sub(ratio, 1), 2)), top: max(pad(x, [1], [0], -Infinity), 0) }
})

const runs = async (device: Device, all: readonly Tensors[]) => {
  const compiled = await device.compile(program)
  const bound = await compiled.bind({ w: vector(8, 4, 2) })
  const told: unknown[] = []
  for (const inputs of all) told.push(await bound.run(inputs).catch((error: unknown) => error))
  const state = await bound.resident()
  await bound.close()
  await compiled.close()
  await device.close()
  return { told, state: Array.from(state["w"]!.data) }
}

describe.each(["onnx", "gpujs:cpu", "gpujs:webasm"] as const)("--trap-nan on %s", (name) => {
  it("names the first step that makes it, its operands and their ranges, and leaves the state as it was (D13)", async () => {
    const { told, state } = await runs(await open(name, true), [{ x: vector(1, 1) }, { x: vector(1, -1) }, { x: vector(3, 1) }])
    expect(told[1]).toMatchObject({
      name: "NodeFailure",
      message: expect.stringMatching(
        /^--trap-nan: step \d+ of \d+, div -> f32\[3\]: 3 of 3 elements are not finite; made of input w f32\[3\] from 1 to 4, reduce_sum f32\[\] all 0$/,
      ) as string,
    })
    expect(state).toEqual([1, 0.5, 0.25])
  })

  it("gives the same results as without it, infinities that are meant included (D13)", async () => {
    const inputs = [{ x: vector(0.3, 0.4) }, { x: vector(1, 5) }]
    expect(await runs(await open(name, true), inputs)).toEqual(await runs(await open(name, false), inputs))
  })

  it("names an input that brings it in (D13)", async () => {
    const { told } = await runs(await open(name, true), [{ x: vector(1, Number.NaN) }])
    expect((told[0] as Error).message).toBe("--trap-nan: input x f32[2]: 1 of 2 elements are not finite")
  })
})

it("looks at steps before those that hide them (D13)", async () => {
  const hidden = trace({ x: { shape: [2] } }, ({ x }) => ({ y: max(add(log(x), 1), -1) }))
  const device = await open("onnx", true)
  const compiled = await device.compile(hidden)
  const bound = await compiled.bind({})
  await expect(bound.run({ x: vector(0, 1) })).rejects.toThrow(/log -> f32\[2\]: 1 of 2 elements are not finite; made of input x f32\[2\] from 0 to 1$/)
  await device.close()
})
