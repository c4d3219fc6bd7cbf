/** Merging models of one shape: means, expert layers behind a router (arXiv 2403.07816), swapped halves. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { contentHash, must, type Device, type ParamValues } from "#src"
import { mergeModels } from "../../../nodes/merger/merge-models.ts"
import { scoreText } from "../../../nodes/model/score-text.ts"
import type { Model } from "../../../nodes/port/model.ts"
import { scores } from "../../../nodes/port/scores.ts"
import { pretrain } from "../../../nodes/trainer/pretrain.ts"
import { anyDevice } from "../../support/any-device.ts"
import { elementsOf, resultOf, runContext } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { inElements, tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"

const text = tinyTokens([60, 70])
const [a, b, c] = ["a", "b", "c"].map((seed) => tinyModel(seed, { blocks: 2 })) as [Model, Model, Model]

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const merge = async (rule: ParamValues<typeof mergeModels.params>["rule"], models: readonly Model[], lower = 0): Promise<Model> =>
  (await resultOf(mergeModels.run({ models }, { rule, lower }, runContext()))).model
const logpOf = async (model: Model): Promise<Float32Array> =>
  must(scores.join((await elementsOf(scoreText.run({ model, substrate: tinySubstrate(), tokens: inElements(text) }, {}, fakeContext(device).context))).scores).tensors["logp"], "logp").data as Float32Array
const furthest = (x: Float32Array, y: Float32Array): number => Math.max(...x.map((v, i) => Math.abs(v - (y[i] as number))))

describe("average", () => {
  it("is the mean of every weight, and of one model that model", async () => {
    const { tensors } = await merge("average", [a, b, c])
    for (const [name, { data }] of Object.entries(tensors)) {
      const at = (model: Model) => must(model.tensors[name], name).data[3] as number
      expect(data[3], name).toBeCloseTo((at(a) + at(b) + at(c)) / 3, 6)
    }
    const alone = await merge("average", [a])
    for (const [name, x] of Object.entries(a.tensors)) expect(contentHash(must(alone.tensors[name], name)), name).toBe(contentHash(x))
  })
})

describe("expert layers", () => {
  it("of one expert are that expert, on every token", async () => {
    expect(furthest(await logpOf(await merge("expert-layers", [a])), await logpOf(a))).toBeLessThan(1e-5)
  })

  it("of the same expert twice are that expert, on every token, and of others are not", async () => {
    const own = await logpOf(a)
    expect(furthest(await logpOf(await merge("expert-layers", [a, a])), own)).toBeLessThan(1e-4)
    expect(furthest(await logpOf(await merge("expert-layers", [a, b])), own)).toBeGreaterThan(0.1)
  })

  it("train by their routers alone, and everything else stays", async () => {
    const merged = await merge("expert-layers", [a, b])
    expect(Object.keys(merged.tensors).filter((name) => name.includes("/mlp/"))).toEqual([])
    const params: ParamValues<typeof pretrain.params> = {
      locales: [], width: 0, blocks: 0, heads: 2, start: "random", trains: "router", rank: 0, table: "first", context: 8, batch: 4, steps: 20, lr: 0.05, warmup: 2, weightDecay: 0.1, clip: 1,
    }
    const { model, curve } = await resultOf(pretrain.run({ substrate: tinySubstrate(), tokens: text, below: merged, budget: undefined, rate: undefined }, params, fakeContext(device).context))
    const moved = Object.keys(merged.tensors).filter((name) => contentHash(must(model.tensors[name], name)) !== contentHash(must(merged.tensors[name], name)))
    expect(moved.sort()).toEqual(["block/0/router", "block/1/router"])
    const losses = (curve.series[0]?.points ?? []).map(([, y]) => y)
    expect(losses.at(-1)).toBeLessThan(losses[0] as number)
  })
})

describe("layer swap", () => {
  it("puts the upper blocks and the head of the second on the lower blocks of the first", async () => {
    const { tensors } = await merge("layer-swap", [a, b])
    for (const [name, x] of Object.entries(tensors)) expect(x, name).toBe(name.startsWith("block/0/") ? a.tensors[name] : b.tensors[name])
    expect((await merge("layer-swap", [a, a])).tensors).toEqual(a.tensors)
    expect((await merge("layer-swap", [a, b], 2)).tensors["block/1/mlp/up"]).toBe(a.tensors["block/1/mlp/up"])
  })

  it("says what does not fit", async () => {
    await expect(merge("layer-swap", [a, b, c])).rejects.toThrow("blocks of 2 models are swapped, 3 came in")
    await expect(merge("layer-swap", [a, b], 3)).rejects.toMatchObject({ param: "lower" })
  })
})

it("refuses models of different shapes and kinds, and says in what they differ", async () => {
  await expect(merge("average", [a, tinyModel("d", { blocks: 1 })])).rejects.toThrow(/model 2 has .* 1 blocks, the first has .* 2 blocks/)
  const trained = { ...b, tensors: { ...b.tensors, substrate: must(tinySubstrate().tensors["matrix"], "matrix") } }
  await expect(merge("average", [a, trained])).rejects.toThrow("only one of them has substrate")
})
