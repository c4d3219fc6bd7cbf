import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Device } from "#src"
import { score } from "../../../nodes/port/network-score.ts"
import { weightName, type Network } from "../../../nodes/port/network.ts"
import { trainNetwork } from "../../../nodes/trainer/train-network.ts"
import { anyDevice } from "../../support/any-device.ts"
import { fakeContext } from "../fake-context.ts"
import { examplesOf, randomNetwork } from "../merger/networks.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const defaults = { hidden: [8], steps: 60, batch: 8, lr: 0.02, weightDecay: 0, smoothing: 0, mixup: 0, masked: false }
/** The class is which of two inputs is larger. */
const data = examplesOf(Array.from({ length: 40 }, (_, i) => [(i * 37) % 256, (i * 91 + 40) % 256]), Array.from({ length: 40 }, (_, i) => Number((i * 37) % 256 < (i * 91 + 40) % 256)))
const train = async (params: Partial<typeof defaults> = {}, from?: Network, seed = "seed") => {
  const fake = fakeContext(device, { seed })
  const out = await trainNetwork.run({ examples: data, from }, { ...defaults, ...params }, fake.context)
  expect(fake.open()).toBe(0)
  return out as { network: Network }
}

describe("trainNetwork", () => {
  it("learns, and gives the same bytes again", async () => {
    const { network } = await train()
    expect((await score(network, data, fakeContext(device).context)).accuracy).toBeGreaterThan(0.85)
    expect((await train()).network).toEqual(network)
    expect((await train({}, undefined, "another")).network).not.toEqual(network)
  })
  it("goes on from a network, and keeps what is pruned at 0 where it is asked to", async () => {
    const start = randomNetwork([2, 8, 2], "start")
    const pruned = { ...start, tensors: { ...start.tensors, [weightName(0)]: { ...start.tensors[weightName(0)]!, data: Float32Array.from(start.tensors[weightName(0)]!.data as Float32Array, (x, k) => (k % 2 === 0 ? 0 : x)) } } }
    const zeros = async (masked: boolean) => [...(await train({ masked }, pruned)).network.tensors[weightName(0)]!.data].filter((x) => x === 0).length
    expect(await zeros(true)).toBe(8)
    expect(await zeros(false)).toBeLessThan(4)
  })
  it("with label smoothing and Mixup is less sure of what it answers", async () => {
    const loss = async (params: object) => (await score((await train(params)).network, data, fakeContext(device).context)).loss
    const plain = await loss({})
    expect(await loss({ smoothing: 0.3 })).toBeGreaterThan(plain)
    expect(await loss({ mixup: 1 })).toBeGreaterThan(plain)
  })
  it("says when network and examples do not fit", async () => {
    await expect(train({}, randomNetwork([3, 4, 2], "x"))).rejects.toThrow("the network takes 3 numbers and tells 2 classes apart; the examples have 2 and 2")
  })
})
