/** `cambium devices`: the table, and that one measurement is enough. */
import { afterAll, describe, expect, it } from "vitest"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { openStore, systemClock, type Choice, type Store } from "#src"
import { measureDevices } from "../../../tools/command/device-choice.ts"
import { devicesText } from "../../../tools/command/devices-text.ts"
import { runCommand, scratchFolder } from "../../support/command.ts"

const choice: Choice = {
  picks: {
    small: { device: "onnx", reason: "2.4 times as fast as gpujs:cpu" },
    medium: { device: "onnx", reason: "43.7 times as fast as gpujs:cpu" },
    large: { device: "gpujs:cpu", reason: "within 20 % of onnx, and gpu.js wins ties" },
  },
  rates: [
    { device: "onnx", family: "onnx-cpu 1", size: "small", milliseconds: 0.0463, gigaflopsPerSecond: 2.83 },
    { device: "onnx", family: "onnx-cpu 1", size: "medium", milliseconds: 0.165, gigaflopsPerSecond: 57.3 },
    { device: "onnx", family: "onnx-cpu 1", size: "large", milliseconds: 0.2, gigaflopsPerSecond: 1340 },
    { device: "gpujs:cpu", family: "gpujs-cpu 2", size: "small", milliseconds: 0.113, gigaflopsPerSecond: 1.16 },
    { device: "gpujs:cpu", family: "gpujs-cpu 2", size: "medium", milliseconds: 9.79, gigaflopsPerSecond: 0.964 },
    { device: "gpujs:cpu", family: "gpujs-cpu 2", size: "large", milliseconds: 2350, gigaflopsPerSecond: 0.964, estimated: true },
  ],
  unavailable: [{ device: "gpujs:webgpu", reason: "no Vulkan driver is installed (a GPU's, or a software one named in VK_ICD_FILENAMES)" }],
  milliseconds: 3700,
}
const text = (columns: number, age = 0, others = 0) => devicesText(choice, { paint: (_, part) => part, columns, age, others, machine: "2 cores, some CPU" }).split("\n")

describe("the table of devices", () => {
  it("has a row a device with its figures, a star at what auto takes, and the reasons", () => {
    expect(text(120)).toEqual([
      "Devices (2 cores, some CPU; GFLOP/s of matrix products, and time a run)",
      "",
      expect.stringMatching(/^ +small, 0\.13 MFLOP +medium, 9\.4 MFLOP +large, 270 MFLOP$/),
      expect.stringMatching(/^onnx +2\.83 +46\.3 µs \* +57\.3 +165 µs \* +1,340 +200 µs +onnx-cpu 1$/),
      expect.stringMatching(/^gpujs:cpu +1\.16 +113 µs +0\.964 +9\.79 ms +~0\.964 +2\.4 s \* +gpujs-cpu 2$/),
      expect.stringMatching(/^gpujs:webgpu +no Vulkan driver is installed/),
      "",
      "auto (a program is small up to 1 MFLOP a run, medium up to 50 MFLOP)",
      expect.stringMatching(/^ {2}small +onnx +2\.4 times as fast as gpujs:cpu$/),
      expect.stringMatching(/^ {2}medium +onnx +43\.7 times as fast as gpujs:cpu$/),
      expect.stringMatching(/^ {2}large +gpujs:cpu +within 20 % of onnx, and gpu\.js wins ties$/),
      "",
      "~ expected from the smaller sizes: there was no time to run it",
      "measured just now in 3.7 s",
    ])
    const columns = text(120).slice(3, 5).map((line) => [line.indexOf("s *") > 0, /onnx-cpu|gpujs-cpu \d/.exec(line)?.index])
    expect(columns[0]).toEqual(columns[1])
  })

  it("says what may have disturbed it", () => {
    expect(text(80, 0, 0.456).slice(-2)).toEqual(["measured just now in 3.7 s; --again measures anew", "other programs used 46 % of the cores meanwhile"])
  })

  it("fits into 80 columns, and says how old it is", () => {
    expect(Math.max(...text(80).map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(text(80, 65_000).at(-1)).toBe("measured 1 min 05 s ago in 3.7 s; --again measures anew")
  })
})

describe("what is remembered of a machine's devices (D9)", () => {
  const folder = scratchFolder()
  const stores: Store[] = []
  afterAll(async () => {
    for (const store of stores) await store.close()
    folder.remove()
  })
  const newNotes = async (): Promise<Store["notes"]> => {
    const store = await openStore(join(folder.path, `store-${stores.length}`), { clock: systemClock })
    if (E.isLeft(store)) expect.fail(JSON.stringify(store.left))
    stores.push(store.right)
    return store.right.notes
  }
  let measurements = 0
  const measuring = (others: number) => ({ folder: join(folder.path, "machine"), measure: () => Promise.resolve({ choice, at: ++measurements, others }) })

  it("is measured again for the next store where other programs used much of the cores, until it is measured in peace", async () => {
    const [first, second, third] = [await newNotes(), await newNotes(), await newNotes()]
    expect((await measureDevices(first, false, measuring(0.7))).at).toBe(1)
    // Its keys rest on it, disturbed or not.
    expect((await measureDevices(first, false, measuring(0))).at).toBe(1)
    expect((await measureDevices(second, false, measuring(0.1))).at).toBe(2)
    expect((await measureDevices(third, false, measuring(0))).at).toBe(2)
    expect((await measureDevices(first, true, measuring(0.7))).at).toBe(3)
    expect((await measureDevices(await newNotes(), false, measuring(0))).at).toBe(2)
    expect(measurements).toBe(3)
  })
})

describe("cambium devices", () => {
  const folder = scratchFolder()
  afterAll(folder.remove)

  const devices = async (...args: string[]): Promise<Choice> => JSON.parse((await runCommand(["devices", "--json", ...args], folder.path)).stdout) as Choice

  it("measures once, and remembers; a store goes on with what it began with (D9)", async () => {
    const before = await devices("--store", "older")
    const measured = await devices("--again")
    expect(measured).not.toEqual(before)
    expect(measured.rates.filter(({ device }) => device === "gpujs:cpu").map(({ size }) => size)).toEqual(["small", "medium", "large"])
    expect(await devices()).toEqual(measured)
    // Keys rest on it.
    expect(await devices("--store", "older")).toEqual(before)
    expect((await runCommand(["devices"], folder.path)).stdout).toMatch(/^Devices \(.*\n\n.*small.*medium.*large/)
  })
})
