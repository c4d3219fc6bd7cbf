import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ndarray, type Device, type Tensors } from "#src"
import { layerEnsembleAccuracy } from "../../../nodes/metric/layer-ensemble-accuracy.ts"
import { ensembleShapes, headsOf, type LayerEnsemble } from "../../../nodes/port/layer-ensemble.ts"
import { trainLevi } from "../../../nodes/trainer/levi.ts"
import { anyDevice } from "../../support/any-device.ts"
import { fakeContext } from "../fake-context.ts"
import { examplesOf, randomNetwork } from "../merger/networks.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const pairs = Array.from({ length: 40 }, (_, i) => [(i * 37) % 256, (i * 91 + 40) % 256])
const data = examplesOf(pairs, pairs.map(([a = 0, b = 0]) => Number(a < b)))
const base = randomNetwork([2, 6, 5, 2], "base")
const params = { small: [4, 3], steps: 150, batch: 16, lr: 0.02 }
const train = async (more: Partial<typeof params> = {}, seed = "seed") => {
  const fake = fakeContext(device, { seed })
  const out = await trainLevi.run({ base, examples: data }, { ...params, ...more }, fake.context)
  expect(fake.open()).toBe(0)
  return (out as { ensemble: LayerEnsemble }).ensemble
}
const measured = async (ensemble: LayerEnsemble) => ((await layerEnsembleAccuracy.run({ ensemble, examples: [data] }, {}, fakeContext(device, {}).context)) as unknown as { metric: { values: { accuracy: number; loss: number } } }).metric.values

describe("LEVI", () => {
  it("has a head for each hidden layer, trains it and the small network, and leaves the pre-trained one as it was", async () => {
    const ensemble = await train()
    expect(headsOf(base.meta.widths)).toEqual([1, 2])
    expect(ensemble.tensors["head/1/weight"]?.shape).toEqual([6 + 3, 2])
    expect(ensemble.tensors["head/2/weight"]?.shape).toEqual([5 + 3, 2])
    for (const [name, tensor] of Object.entries(base.tensors)) expect(ensemble.tensors[`frozen/${name}`]).toEqual(tensor)
    const [before, after] = [await measured(await train({ steps: 1 })), await measured(ensemble)]
    expect(after.loss).toBeLessThan(0.7 * before.loss)
    expect(after.accuracy).toBeGreaterThan(0.85)
  })

  it("gives the same weights for the same seed, others for another", async () => {
    const [first, again, other] = [await train({ steps: 5 }), await train({ steps: 5 }), await train({ steps: 5 }, "another")]
    expect(again).toEqual(first)
    expect(other.tensors["head/1/weight"]).not.toEqual(first.tensors["head/1/weight"])
  })

  it("answers with the mean of its heads' logits: of log-odds 2 and 0 it is 1", async () => {
    const { ensemble, logOdds } = constant([2, 0])
    expect((await measured(ensemble)).loss).toBeCloseTo(lossAt(logOdds), 5)
    expect(logOdds).toBe(1)
  })

  it("says how often classes are, where features are constant", async () => {
    const [alike, right] = [Array.from({ length: 40 }, () => [100, 100]), Array.from({ length: 40 }, (_, i) => Number(i % 10 < 3))]
    const examples = examplesOf(alike, right)
    const out = await trainLevi.run({ base, examples }, { ...params, batch: 40, steps: 300 }, fakeContext(device, { seed: "prior" }).context)
    const { metric } = (await layerEnsembleAccuracy.run({ ensemble: (out as { ensemble: LayerEnsemble }).ensemble, examples: [examples] }, {}, fakeContext(device, {}).context)) as unknown as { metric: { values: { accuracy: number; loss: number } } }
    expect(metric.values.accuracy).toBeCloseTo(0.7, 6)
    // The entropy of 0.3 and 0.7 is the least there is.
    expect(metric.values.loss).toBeCloseTo(-0.3 * Math.log(0.3) - 0.7 * Math.log(0.7), 2)
  })

  it("[M8] trains on no test examples", async () => {
    const test = { ...data, meta: { ...data.meta, part: "test" as const } }
    await expect(trainLevi.run({ base, examples: test }, params, fakeContext(device, {}).context)).rejects.toThrow("expected examples of training or validation to train on, got test examples")
  })

  it("says what does not fit", async () => {
    const run = (of: typeof base, more: object = {}) => trainLevi.run({ base: of, examples: data }, { ...params, ...more }, fakeContext(device, {}).context)
    await expect(run(randomNetwork([3, 4, 2], "x"))).rejects.toThrow("the network takes 3 numbers and tells 2 classes apart; the examples have 2 and 2")
    await expect(run(randomNetwork([2, 2], "x"))).rejects.toThrow("LEVI needs a network with hidden layers")
  })
})

/** An ensemble whose heads look at nothing: each says its log-odds for the second class. */
const constant = (odds: readonly number[]): { readonly ensemble: LayerEnsemble; readonly logOdds: number } => {
  const meta = { widths: [2, 6, 5, 2], small: [2, 4, 3] }
  const zeros = Object.fromEntries(Object.entries(ensembleShapes(meta)).map(([name, shape]) => [name, ndarray("f32", shape, new Float32Array(shape.reduce((n, extent) => n * extent, 1)))]))
  const biases: Tensors = Object.fromEntries(odds.map((x, i) => [`head/${i + 1}/bias`, ndarray("f32", [2], Float32Array.of(0, x))]))
  const frozen = Object.fromEntries(Object.entries(base.tensors).map(([name, tensor]) => [`frozen/${name}`, tensor]))
  return { ensemble: { meta, tensors: { ...frozen, ...zeros, ...biases } }, logOdds: odds.reduce((sum, x) => sum + x, 0) / odds.length }
}

const lossAt = (logOdds: number): number => {
  const ones = pairs.filter(([a = 0, b = 0]) => a < b).length
  return (-ones * Math.log(1 / (1 + Math.exp(-logOdds))) - (pairs.length - ones) * Math.log(1 / (1 + Math.exp(logOdds)))) / pairs.length
}
