/** The rule that picks a device for a size, and the measuring around it with devices and a clock that are made up. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, test } from "vitest"
import { openBySize } from "../../../src/device/by-size.ts"
import { chooseDevice, decide } from "../../../src/device/choose.ts"
import type { Device, DeviceName } from "../../../src/device/device.ts"
import type { Rate } from "../../../src/device/measure-device.ts"
import { mostOperations, sizeClasses, sizeClassOf, yardstick } from "../../../src/device/yardstick.ts"
import { cost } from "../../../src/tensor/cost.ts"
import type { Program } from "../../../src/tensor/program.ts"

const rate = (device: DeviceName, milliseconds: number, size: Rate["size"] = "medium"): Rate => ({ device, family: device, size, milliseconds, gigaflopsPerSecond: 1 / milliseconds })

describe("decide", () => {
  test("the fastest device wins by a clear margin, and the reason says the margin", () => {
    expect(decide([rate("onnx", 10), rate("gpujs:webasm", 40), rate("gpujs:cpu", 80)])).toEqual({ device: "onnx", reason: "4.0 times as fast as gpujs:webasm" })
  })

  test("gpu.js wins ties: within 20 % of the fastest it is chosen, beyond it is not", () => {
    expect(decide([rate("onnx", 10), rate("gpujs:webasm", 12)])).toEqual({ device: "gpujs:webasm", reason: "within 20 % of onnx, and gpu.js wins ties" })
    expect(decide([rate("onnx", 10), rate("gpujs:webasm", 12.1)]).device).toBe("onnx")
  })

  test("a small program is on gpu.js unless another device is twice as fast (D9)", () => {
    expect(decide([rate("onnx", 10, "small"), rate("gpujs:webasm", 20, "small")])).toEqual({ device: "gpujs:webasm", reason: "within 100 % of onnx, and gpu.js wins ties" })
    expect(decide([rate("onnx", 10, "small"), rate("gpujs:webasm", 20.1, "small")]).device).toBe("onnx")
  })

  test("among the backends of gpu.js the fastest wins, without a handicap", () => {
    expect(decide([rate("gpujs:webasm", 11), rate("gpujs:cpu", 10), rate("onnx", 10.5)]).device).toBe("gpujs:cpu")
  })

  test("a device that is alone is chosen, and without a measurement the one that runs everywhere", () => {
    expect(decide([rate("onnx", 10)])).toEqual({ device: "onnx", reason: "the only device that opens" })
    expect(decide([]).device).toBe("gpujs:cpu")
  })
})

test("the yardsticks are of the classes they measure, and a size that is between two belongs to one of them", () => {
  expect(sizeClasses.map((size) => sizeClassOf(yardstick(size).program))).toEqual(sizeClasses)
  const [small, medium, large] = sizeClasses.map((size) => cost(yardstick(size).program).flops) as [number, number, number]
  expect([small, mostOperations.small, medium, mostOperations.medium, large]).toEqual([small, mostOperations.small, medium, mostOperations.medium, large].sort((a, b) => a - b))
})

/** Milliseconds a run takes: for every size, by size, or by size and how many there were before it. */
type Pace = number | Readonly<Record<(typeof sizeClasses)[number], number>> | ((size: string, before: number) => number)

/** A clock that only moves when a device runs. */
const stage = (pace: Readonly<Partial<Record<DeviceName, Pace>>>) => {
  let now = 0
  const runs: [DeviceName, string][] = []
  const closed: DeviceName[] = []
  const fake = (name: DeviceName, perRun: Pace): Device => ({
    name,
    family: `${name} test`,
    close: async () => void closed.push(name),
    compile: async (program: Program) => ({
      program,
      close: async () => undefined,
      bind: async () => ({
        resident: async () => ({}),
        close: async () => undefined,
        run: async () => {
          const size = sizeClassOf(program)
          const took = typeof perRun === "number" ? perRun : typeof perRun === "function" ? perRun(size, runs.filter(([by, of]) => by === name && of === size).length) : perRun[size]
          if (Number.isNaN(took)) throw new Error("ran somewhere else")
          runs.push([name, size])
          now += took
          return {}
        },
      }),
    }),
  })
  const open = async (name: DeviceName) => {
    const perRun = pace[name]
    if (perRun === undefined) return E.left({ _tag: "hardware-missing" as const, device: name, reason: "no such thing here" })
    return E.right(fake(name, perRun))
  }
  return { clock: { now: () => now, wall: () => 0 }, open, runs, closed }
}
const few: readonly DeviceName[] = ["onnx", "gpujs:webasm", "gpujs:cpu", "gpujs:webgpu"]

describe("chooseDevice", () => {
  test("measures what opens, lists what does not, closes everything and can be kept as JSON", async () => {
    const { clock, open, closed } = stage({ onnx: 5, "gpujs:webasm": 20, "gpujs:cpu": Number.NaN })
    const result = await chooseDevice({ clock, open, threads: 1, devices: few })
    expect(result.rates.map(({ device, size, milliseconds }) => [device, size, milliseconds])).toEqual([
      ...sizeClasses.map((size) => ["onnx", size, 5]),
      ...sizeClasses.map((size) => ["gpujs:webasm", size, 20]),
    ])
    expect(result.unavailable).toEqual([
      { device: "gpujs:cpu", reason: "ran somewhere else" },
      { device: "gpujs:webgpu", reason: "no such thing here" },
    ])
    expect(closed).toEqual(["onnx", "gpujs:webasm", "gpujs:cpu"])
    expect(result.picks.medium).toEqual({ device: "onnx", reason: "4.0 times as fast as gpujs:webasm" })
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })

  test("each size has its own pick (D9)", async () => {
    const { clock, open } = stage({ onnx: { small: 1, medium: 10, large: 100 }, "gpujs:webgpu": { small: 9, medium: 11, large: 12 } })
    const { picks } = await chooseDevice({ clock, open, threads: 1, devices: few })
    expect(sizeClasses.map((size) => picks[size].device)).toEqual(["onnx", "gpujs:webgpu", "gpujs:webgpu"])
  })

  test("stays within 5 s, however slow devices are: what there is no time for is estimated and says so (D9)", async () => {
    const { clock, open, runs } = stage({ onnx: { small: 1, medium: 2, large: 8 }, "gpujs:webasm": { small: 30, medium: 300, large: 9000 }, "gpujs:cpu": { small: 400, medium: 9000, large: 9000 } })
    const { rates, milliseconds } = await chooseDevice({ clock, open, threads: 1, devices: few })
    expect(milliseconds).toBeLessThan(5000)
    const estimated = rates.filter((rate) => rate.estimated === true)
    expect(estimated.map(({ device, size }) => `${device} ${size}`)).toEqual(["gpujs:webasm large", "gpujs:cpu medium", "gpujs:cpu large"])
    expect(runs).not.toContainEqual(["gpujs:cpu", "medium"])
    // 30 and 300 ms at 0.13 and 9.4 million operations are 270 ms for 9.3 million more.
    expect(rates.find(({ device, size }) => device === "gpujs:webasm" && size === "large")?.milliseconds).toBeCloseTo(7814.37, 1)
  })

  test("what takes long to be ready is still run often enough to see how fast it is (D9)", async () => {
    // Ready after all of its time, and as fast as it will be only after some runs.
    const webasm = (_: string, before: number): number => (before === 0 ? 900 : before < 8 ? 0.5 : 0.036)
    const { clock, open } = stage({ "gpujs:webasm": webasm, "gpujs:cpu": 0.108 })
    const { picks, rates } = await chooseDevice({ clock, open, threads: 1, devices: few })
    expect(picks.small.device).toBe("gpujs:webasm")
    expect(rates[0]?.milliseconds).toBeCloseTo(0.036)
  })

  test("where each size takes long to be ready, sizes that do not fit in what is left of 4 s are estimated (D9)", async () => {
    const { clock, open, runs } = stage({ onnx: 1, "onnx:webgpu": (_, before) => (before === 0 ? 2600 : 3) })
    const { milliseconds } = await chooseDevice({ clock, open, threads: 1, devices: ["onnx", "onnx:webgpu"] })
    expect([...new Set(runs.map(([name, size]) => `${name} ${size}`))]).toEqual(["onnx small", "onnx medium", "onnx large", "onnx:webgpu small"])
    expect(milliseconds).toBeLessThan(5000)
  })

  test("a slow device is run twice, once to compile and once to measure, and no more", async () => {
    const { clock, open, runs } = stage({ "gpujs:cpu": 10_000 })
    await chooseDevice({ clock, open, threads: 1, devices: few })
    expect(runs).toEqual([["gpujs:cpu", "small"], ["gpujs:cpu", "small"]])
  })
})

describe("a device for each size", () => {
  const program = (size: (typeof sizeClasses)[number]): Program => yardstick(size).program

  test("runs a program on the one picked for its size, and its family tells the picks (D9)", async () => {
    const { open, runs, closed } = stage({ onnx: 1, "gpujs:webgpu": 1 })
    const device = await openBySize({ small: "onnx", medium: "gpujs:webgpu", large: "gpujs:webgpu" }, { threads: 1 }, open)
    if (E.isLeft(device)) throw new Error(device.left.reason)
    for (const size of sizeClasses) await (await (await device.right.compile(program(size))).bind({})).run({})
    expect(runs).toEqual([["onnx", "small"], ["gpujs:webgpu", "medium"], ["gpujs:webgpu", "large"]])
    expect(device.right.family).toBe("small: onnx test; medium: gpujs:webgpu test; large: gpujs:webgpu test")
    await device.right.close()
    expect(closed.sort()).toEqual(["gpujs:webgpu", "onnx"])
  })

  test("has the family of the one it has, when it is but one (D9)", async () => {
    const device = await openBySize({ small: "onnx", medium: "onnx", large: "onnx" }, { threads: 1 }, stage({ onnx: 1 }).open)
    expect(E.isRight(device) && device.right.family).toBe("onnx test")
  })

  test("opens whole or not at all", async () => {
    const { open, closed } = stage({ onnx: 1 })
    const device = await openBySize({ small: "onnx", medium: "onnx", large: "gpujs:webgpu" }, { threads: 1 }, open)
    expect(E.isLeft(device) && device.left.device).toBe("gpujs:webgpu")
    expect(closed).toEqual(["onnx"])
  })
})
