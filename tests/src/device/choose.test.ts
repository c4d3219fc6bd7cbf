/** The rule that picks a device, and the measuring around it with devices and a clock that are made up. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, test } from "vitest"
import { chooseDevice, decide, describeChoice, type Rate } from "../../../src/device/choose.ts"
import type { Device, DeviceName } from "../../../src/device/device.ts"
import type { Program } from "../../../src/tensor/program.ts"

const rate = (device: DeviceName, milliseconds: number, size: Rate["size"] = "medium"): Rate => ({
  device,
  family: device,
  size,
  milliseconds,
  gigaflopsPerSecond: 1 / milliseconds,
})

describe("decide", () => {
  test("the fastest device wins by a clear margin, and the reason says the margin", () => {
    const { choice, reason } = decide([rate("onnx", 10), rate("gpujs:webasm", 40), rate("gpujs:cpu", 80)])
    expect(choice).toBe("onnx")
    expect(reason).toContain("4.0 times as fast as gpujs:webasm")
  })

  test("gpu.js wins ties: within 20 % of the fastest it is chosen, beyond it is not", () => {
    expect(decide([rate("onnx", 10), rate("gpujs:webasm", 12)]).choice).toBe("gpujs:webasm")
    expect(decide([rate("onnx", 10), rate("gpujs:webasm", 12)]).reason).toContain("within 20 %")
    expect(decide([rate("onnx", 10), rate("gpujs:webasm", 12.1)]).choice).toBe("onnx")
  })

  test("among the backends of gpu.js the fastest wins, without a handicap", () => {
    expect(decide([rate("gpujs:webasm", 11), rate("gpujs:cpu", 10), rate("onnx", 10.5)]).choice).toBe("gpujs:cpu")
  })

  test("sizes count alike, whatever their absolute times", () => {
    const onnx = [rate("onnx", 1, "small"), rate("onnx", 300, "large")]
    const webasm = [rate("gpujs:webasm", 4, "small"), rate("gpujs:webasm", 50, "large")]
    expect(decide([...onnx, ...webasm]).choice).toBe("gpujs:webasm")
  })

  test("without a measurement the choice is the device that runs everywhere", () => {
    expect(decide([]).choice).toBe("gpujs:cpu")
  })
})

/** A clock that only moves when a device runs. */
const stage = (pace: Readonly<Partial<Record<DeviceName, number>>>) => {
  let now = 0
  const runs: DeviceName[] = []
  const closed: DeviceName[] = []
  const fake = (name: DeviceName, perRun: number): Device => ({
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
          if (Number.isNaN(perRun)) throw new Error("ran somewhere else")
          runs.push(name)
          now += perRun
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

describe("chooseDevice", () => {
  test("measures what opens, lists what does not, closes everything and can be kept as JSON", async () => {
    const { clock, open, closed } = stage({ onnx: 5, "gpujs:webasm": 20, "gpujs:cpu": Number.NaN })
    const result = await chooseDevice({ clock, open, threads: 1 })
    expect(result.choice).toBe("onnx")
    expect(result.rates.map(({ device, milliseconds }) => [device, milliseconds])).toEqual([["onnx", 5], ["gpujs:webasm", 20]])
    expect(result.unavailable).toEqual([
      { device: "gpujs:cpu", reason: "ran somewhere else" },
      { device: "gpujs:webgpu", reason: "no such thing here" },
    ])
    expect(closed).toEqual(["onnx", "gpujs:webasm", "gpujs:cpu"])
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
    expect(describeChoice(result)).toContain("choice: onnx, because onnx (5.00 ms) is 4.0 times as fast as gpujs:webasm")
  })

  test("a slow device is run twice, once to compile and once to measure, and no more", async () => {
    const { clock, open, runs } = stage({ "gpujs:cpu": 10_000, onnx: 1 })
    await chooseDevice({ clock, open, threads: 1 })
    expect(runs.filter((name) => name === "gpujs:cpu")).toHaveLength(2)
    expect(runs.filter((name) => name === "onnx")).toHaveLength(8)
  })
})
