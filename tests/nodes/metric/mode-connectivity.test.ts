import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Device } from "#src"
import { lossLandscape } from "../../../nodes/metric/loss-landscape.ts"
import { barrier, mixed, modeConnectivity } from "../../../nodes/metric/mode-connectivity.ts"
import { permuted } from "../../../nodes/merger/alignment/permute.ts"
import { anyDevice } from "../../support/any-device.ts"
import { fakeContext } from "../fake-context.ts"
import { randomExamples, randomNetwork } from "../merger/networks.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

describe("modeConnectivity", () => {
  const data = randomExamples(60, 5, 3, "data")
  const a = randomNetwork([5, 8, 3], "a")
  const loss = async (b: typeof a) => {
    const out = (await modeConnectivity.run({ a, b, examples: data }, { points: 5 }, fakeContext(device).context)) as { metric: { values: Record<string, number> }; loss: { series: readonly { points: readonly (readonly [number, number])[] }[] } }
    return { barrier: out.metric.values["loss"]!, points: out.loss.series[0]!.points }
  }
  it("has no barrier from a network to itself, and one to the same function in another order", async () => {
    expect((await loss(a)).barrier).toBeCloseTo(0, 5)
    const { barrier: high, points } = await loss(permuted(a, [[3, 1, 4, 0, 5, 7, 2, 6]]))
    expect(points[0]![1]).toBeCloseTo(points[4]![1], 5)
    expect(Math.abs(points[2]![1] - points[0]![1])).toBeGreaterThan(0.01)
    expect(high).toBeGreaterThanOrEqual(0)
  })
  it("is measured from the line between the ends", () => {
    expect(barrier([0, 1.5, 2])).toBe(0.5)
    expect(barrier([0, 0.5, 2])).toBe(0)
  })
  it("gives ends back as they are", () => {
    expect(mixed([a, randomNetwork([5, 8, 3], "b")], [1, 0])).toBe(a)
  })
  it("draws the plane of three networks, lowest dark", async () => {
    const { picture } = (await lossLandscape.run({ a, b: randomNetwork([5, 8, 3], "b"), c: randomNetwork([5, 8, 3], "c"), examples: data }, { points: 3, margin: 0, scale: 2 }, fakeContext(device).context)) as { picture: { tensors: Record<string, { shape: readonly number[]; data: ArrayLike<number> }> } }
    const pixels = picture.tensors["pixels"]!
    expect(pixels.shape).toEqual([1, 6, 6])
    expect(Math.min(...Array.from(pixels.data))).toBe(0)
    expect(Math.max(...Array.from(pixels.data))).toBe(255)
  })
})
