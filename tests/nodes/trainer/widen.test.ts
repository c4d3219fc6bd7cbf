/** Wider models from narrow ones (arXiv 1511.05641, 2110.07143). */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { gptShapes, must, type Device, type ParamValues } from "#src"
import { scoreText } from "../../../nodes/model/score-text.ts"
import type { Model } from "../../../nodes/port/model.ts"
import { scores } from "../../../nodes/port/scores.ts"
import { pretrain } from "../../../nodes/trainer/pretrain.ts"
import { widen } from "../../../nodes/trainer/widen.ts"
import { anyDevice } from "../../support/any-device.ts"
import { elementsOf, resultOf, runContext } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { inElements, tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"

const text = tinyTokens([60, 70])
const narrow = tinyModel("narrow", { blocks: 2 })

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const widened = async (params: Partial<ParamValues<typeof widen.params>> = {}, seed = "seed"): Promise<Model> =>
  (await resultOf(widen.run({ model: narrow }, { times: 2, rule: "net2net", noise: 0, ...params }, runContext(seed)))).model
const logpOf = async (model: Model): Promise<Float32Array> =>
  must(scores.join((await elementsOf(scoreText.run({ model, substrate: tinySubstrate(), tokens: inElements(text) }, {}, fakeContext(device).context))).scores).tensors["logp"], "logp").data as Float32Array
const furthest = (x: Float32Array, y: Float32Array): number => Math.max(...x.map((v, i) => Math.abs(v - (y[i] as number))))

describe("a widened model", () => {
  it.each([2, 3])("net2net: says on every token what the narrow one says, %d times as wide", async (times) => {
    const wide = await widened({ times })
    expect([wide.meta.width, wide.meta.heads, wide.meta.blocks]).toEqual([16 * times, 2 * times, 2])
    expect(Object.fromEntries(Object.entries(wide.tensors).map(([name, { shape }]) => [name, shape]))).toEqual(gptShapes(wide.meta))
    expect(furthest(await logpOf(wide), await logpOf(narrow))).toBeLessThan(1e-4)
  })

  it("moves a little with a little noise, by the seed, and further with units of the block above", async () => {
    const own = await logpOf(narrow)
    const [noisy, other, next] = [await widened({ noise: 0.001 }), await widened({ noise: 0.001 }, "other"), await widened({ rule: "bert2bert" })]
    const moved = furthest(await logpOf(noisy), own)
    expect(moved).toBeGreaterThan(1e-4)
    expect(moved).toBeLessThan(0.1)
    expect(noisy.tensors["head/weight"]).not.toEqual(other.tensors["head/weight"])
    expect(furthest(await logpOf(next), own)).toBeGreaterThan(moved)
  })

  it("bert2bert: every other unit and head of the first block is one of the second, those of the last its own", async () => {
    const { tensors } = await widened({ rule: "bert2bert" })
    const at = (of: Model["tensors"], block: number, unit: number) => must(of[`block/${block}/mlp/up_bias`], "bias").data[unit]
    expect([at(tensors, 0, 6), at(tensors, 0, 7)]).toEqual([at(narrow.tensors, 0, 3), at(narrow.tensors, 1, 3)])
    expect([at(tensors, 1, 6), at(tensors, 1, 7)]).toEqual([at(narrow.tensors, 1, 3), at(narrow.tensors, 1, 3)])
    // Heads are 8 wide. Of the first row, what goes into each of the four; divided by two, since two copies come in.
    const head = (of: Model["tensors"], block: number, h: number) => Array.from(must(of[`block/${block}/attention/key`], "key").data.subarray(8 * h, 8 * h + 8))
    const half = (block: number, h: number) => head(narrow.tensors, block, h).map((x) => x / 2)
    expect([0, 1, 2, 3].map((h) => head(tensors, 0, h))).toEqual([half(0, 0), half(1, 0), half(0, 1), half(1, 1)])
  })

  it("trains on at its own width, on the substrate of the narrow one", async () => {
    const params: ParamValues<typeof pretrain.params> = {
      locales: [], width: 32, blocks: 0, heads: 4, start: "random", trains: "all", rank: 0, table: "first", context: 8, batch: 4, steps: 3, lr: 0.01, warmup: 2, weightDecay: 0.1, clip: 1,
    }
    const below = await widened({ noise: 0.01 })
    const { model } = await resultOf(pretrain.run({ substrate: tinySubstrate(), tokens: text, below, budget: undefined, rate: undefined }, params, fakeContext(device).context))
    expect(model.meta).toMatchObject({ width: 32, substrateWidth: 16, heads: 4, blocks: 2 })
  })
})
