/** Trapping what is not finite: the first step that makes it, with its operands; and the same bytes where nothing does. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { ndarray, type Tensors } from "../../../src/base/ndarray.ts"
import type { Device, DeviceName } from "../../../src/device/device.ts"
import { openDevice } from "../../../src/device/open.ts"
import { add, div, log, lt, max, mul, sqrt, sub, where } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { repeat, scan } from "../../../src/tensor/loop.ts"
import { placeOf } from "../../../src/tensor/place.ts"
import type { Program } from "../../../src/tensor/program.ts"
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

/** Runs what `traced` gives, traced while the device is open. */
const trapped = async (traced: () => Program, inputs: Tensors): Promise<unknown> => {
  const device = await open("onnx", true)
  const compiled = await device.compile(traced())
  const bound = await compiled.bind({})
  const told = await bound.run(inputs).then(() => undefined, (error: unknown) => (error as Error).message)
  await bound.close()
  await compiled.close()
  await device.close()
  return told
}

describe("where it was traced", () => {
  const logOf = () => trace({ x: { shape: [2] } }, ({ x }) => ({ y: log(x) }))

  it("is named by file and line (D13)", async () => {
    const here = /trap\.test\.ts:(\d+)/.exec(new Error("here").stack ?? "")?.[1]
    const line = Number(here) - 3
    expect(await trapped(logOf, { x: vector(0, 1) })).toMatch(new RegExp(`to 1 \\(tests/src/device/trap\\.test\\.ts:${line}\\)$`))
  })

  it("is that of the step whose gradient it is (D13)", async () => {
    const slopes = () => trace({ x: { shape: [2] } }, ({ x }) => ({ slope: gradients(reduceSum(sqrt(x)), [x])[0]! }))
    expect(await trapped(slopes, { x: vector(0, 1) })).toMatch(/ \(gradient of tests\/src\/device\/trap\.test\.ts:\d+\)$/)
  })

  it("is in no hash, and not kept unless a device asks (D13)", async () => {
    const before = logOf()
    const device = await open("onnx", true)
    const during = logOf()
    await device.close()
    const after = logOf()
    expect(during.hash).toBe(before.hash)
    expect([before, during, after].map(({ steps }) => steps.map(placeOf).filter((place) => place !== undefined).length)).toEqual([0, 1, 0])
  })
})

describe("inside of a loop", () => {
  /** Counts x down, and takes the logarithm of what is left: of 0 in iteration x. */
  const falling = (x: Expr): Expr => scan({ carry: { left: x }, length: 4 }, ({ left }) => ({ carry: { left: sub(left, 1) }, out: { log: log(left) } })).out.log
  const number = (value: number) => ndarray("f32", [], Float32Array.of(value))

  it("names the iteration and the step of the body (D13)", async () => {
    const told = await trapped(() => trace({ x: { shape: [] } }, ({ x }) => ({ y: max(falling(x), -5) })), { x: number(2) })
    expect(told).toMatch(/^--trap-nan: iteration 2 of a loop of 4, step \d+ of \d+, log -> f32\[\]: 1 of 1 elements are not finite; made of input carry0 f32\[\] all 0 \(tests\/src\/device\/trap\.test\.ts:\d+\)$/)
  })

  it("lets pass what is meant (D13)", async () => {
    const masked = () =>
      trace({ x: { shape: [] } }, ({ x }) => ({ y: repeat(2, { x }, ({ x }) => ({ x: max(0, where(lt(x, 0), -Infinity, x)) })).x }))
    expect(await trapped(masked, { x: number(-1) })).toBeUndefined()
  })
})
