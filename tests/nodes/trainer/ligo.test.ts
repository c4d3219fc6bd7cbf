/** Learned growth (LiGO, arXiv 2303.00980). */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { gptShapes, input, makeProgram, must, random, sizeOf, type Device, type ParamValues, type Tensors } from "#src"
import { scoreText } from "../../../nodes/model/score-text.ts"
import { untrained, type Model } from "../../../nodes/port/model.ts"
import { scores } from "../../../nodes/port/scores.ts"
import { grownWeights, startOperator } from "../../../nodes/trainer/growth-operator.ts"
import { ligo } from "../../../nodes/trainer/ligo.ts"
import { widen } from "../../../nodes/trainer/widen.ts"
import { anyDevice } from "../../support/any-device.ts"
import { interpret } from "../../support/interpreter.ts"
import { elementsOf, resultOf, runContext } from "../dataset/run-context.ts"
import { fakeContext, type FakeContext } from "../fake-context.ts"
import { inElements, tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"

const text = tinyTokens([60, 70])
const small = tinyModel("small", { blocks: 2 })

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const params: ParamValues<typeof ligo.params> = { times: 2, blocks: 0, noise: 0.01, locales: [], context: 8, batch: 4, steps: 30, lr: 0.01, warmup: 2, clip: 1 }
const grown = async (own: Partial<typeof params>, { context }: FakeContext = fakeContext(device)) => resultOf(ligo.run({ model: small, substrate: tinySubstrate(), tokens: text }, { ...params, ...own }, context))
const logpOf = async (model: Model): Promise<Float32Array> =>
  must(scores.join((await elementsOf(scoreText.run({ model, substrate: tinySubstrate(), tokens: inElements(text) }, {}, fakeContext(device).context))).scores).tensors["logp"], "logp").data as Float32Array
const lossOf = async (model: Model): Promise<number> => {
  const logp = await logpOf(model)
  return -logp.reduce((sum, x) => sum + x, 0) / logp.length
}
const furthest = (x: ArrayLike<number>, y: ArrayLike<number>): number => Math.max(...Array.from(x, (v, i) => Math.abs(v - (y[i] as number))))
const shapesOf = (tensors: Tensors) => Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))

describe("LiGO", () => {
  it.each([[1, 0], [2, 0], [3, 0], [1, 3], [2, 1]])("%d times as wide, %d blocks more: the weights of such a model, and a stage that trained the operator", async (times, blocks) => {
    const { model } = await grown({ times, blocks, steps: 2 })
    expect(model.meta).toMatchObject({ width: 16 * times, substrateWidth: 16, heads: 2 * times, blocks: 2 + blocks })
    expect(shapesOf(model.tensors)).toEqual(gptShapes(model.meta))
    // Stream, three of attention, four widths of hidden units; and for each of a block's twelve weights, a number for each pair of blocks.
    const numbers = times * 16 * 16 + 2 * (3 * times * 16 * 16 + times * 64 * 64) + 12 * (2 + blocks) * 2
    expect(model.meta.stages).toMatchObject([untrained(2), { blocks, steps: 2, tokens: 2 * 4 * 8, activeParams: numbers }])
  })

  it("the operator of copies, not learned, says what the small model says: one time as wide bit for bit, wider as Net2WiderNet", async () => {
    const still = { steps: 0, noise: 0 }
    expect((await grown({ ...still, times: 1 })).model.tensors).toEqual(small.tensors)
    const { model } = await grown(still)
    expect(furthest(await logpOf(model), await logpOf(small))).toBeLessThan(1e-4)
    const { model: copied } = await resultOf(widen.run({ model: small }, { times: 2, rule: "net2net", noise: 0 }, runContext()))
    for (const [name, { data }] of Object.entries(copied.tensors)) expect(furthest(must(model.tensors[name], name).data, data), name).toBeLessThan(1e-6)
  })

  it("deeper without learning is the stack over and over", async () => {
    const { tensors } = (await grown({ times: 1, blocks: 3, steps: 0, noise: 0 })).model
    for (const [block, of] of [[2, 0], [3, 1], [4, 0]]) expect(tensors[`block/${block}/mlp/up`]?.data).toEqual(small.tensors[`block/${of}/mlp/up`]?.data)
  })

  it("is learned: a lower loss than copies have on the same text, wider, deeper and both; the small model stays as it is", async () => {
    const before = structuredClone(small.tensors)
    for (const size of [{ times: 2, blocks: 0 }, { times: 1, blocks: 2 }, { times: 2, blocks: 2 }]) {
      const [copied, learned] = [await lossOf((await grown({ ...size, steps: 0, noise: 0 })).model), await lossOf((await grown(size)).model)]
      expect(learned, JSON.stringify(size)).toBeLessThan(copied - 0.2)
    }
    expect(small.tensors).toEqual(before)
  })

  it("noise keeps copies from staying copies", async () => {
    const twins = async (noise: number): Promise<number> => {
      const up = must((await grown({ noise })).model.tensors["block/0/mlp/up_bias"], "bias").data
      return furthest(up.filter((_, i) => i % 2 === 0), up.filter((_, i) => i % 2 === 1))
    }
    expect(await twins(0)).toBeLessThan(1e-6)
    expect(await twins(0.01)).toBeGreaterThan(0.01)
  })

  it("[W4] stopped and begun again, it ends with the same bytes", async () => {
    const saved: Parameters<FakeContext["context"]["checkpoints"]["save"]>[0][] = []
    await grown({ steps: 12 }, fakeContext(device, { saved }))
    expect((await grown({ steps: 20 }, fakeContext(device, { saved }))).model.tensors).toEqual((await grown({ steps: 20 })).model.tensors)
  })

  it("every weight is the sum over blocks and units that the formula says", () => {
    const large = { ...small.meta, width: 32, heads: 4, blocks: 3 }
    const operator = startOperator(small.meta, large, 0.5, random("operator"))
    const all: Tensors = { ...operator, ...small.tensors }
    const inputs = Object.fromEntries(Object.entries(all).map(([name, { shape }]) => [name, input(name, shape)]))
    const outputs = Object.fromEntries(Object.entries(grownWeights(small.meta, large, inputs)).map(([name, weight]) => [`grown/${name}`, weight]))
    const weights = interpret(makeProgram({ inputs: Object.values(inputs), outputs }), all)
    const at = (name: string, ...index: readonly number[]): number => {
      const { shape, data } = must(all[name], name)
      return data[index.reduce((place, i, axis) => place * (shape[axis] as number) + i, 0)] as number
    }
    const up = (l: number, i: number, o: number): number => {
      let sum = 0
      for (let j = 0; j < 2; j++) for (let a = 0; a < 16; a++) for (let b = 0; b < 64; b++) sum += at("depth/mlp/up", l, j) * at("width/stream", i, a) * at(`block/${j}/mlp/up`, a, b) * at(`width/${j}/hidden`, o, b)
      return sum / 2
    }
    const found = must(weights["grown/block/2/mlp/up"], "up")
    expect([sizeOf(found.shape), found.data[5 * 128 + 77]]).toEqual([32 * 128, expect.closeTo(up(2, 5, 77), 4)])
    const bias = Array.from({ length: 2 }, (_, j) => Array.from({ length: 16 }, (_, b) => at("depth/norm1/bias", 1, j) * at(`block/${j}/norm1/bias`, b) * at("width/stream", 9, b))).flat().reduce((x, y) => x + y)
    expect(must(weights["grown/block/1/norm1/bias"], "bias").data[9]).toBeCloseTo(bias, 4)
  })

  it("names what does not fit", async () => {
    const wrong = ligo.run({ model: small, substrate: tinySubstrate({ columns: 8 }), tokens: text }, params, fakeContext(device).context)
    await expect(resultOf(wrong)).rejects.toThrow("the substrate is [24, 8], the model was trained on one of [24, 16]")
    const experts = { ...small, tensors: { ...small.tensors, "block/0/router": must(small.tensors["head/weight"], "head/weight") } }
    await expect(resultOf(ligo.run({ model: experts, substrate: tinySubstrate(), tokens: text }, params, fakeContext(device).context))).rejects.toThrow("models with block/0/router cannot be widened")
  })
})
