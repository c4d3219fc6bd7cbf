/** RegMean and RegMean++ by nodes: what is looked at again when a coefficient or one model is another, and that the bytes are those of a merge from scratch. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { memoryStore, ndarray, random, routerName, systemClock, type Device, type Kind, type Tensors } from "#src"
import { mergeRegmean, mergeRegmeanPlus } from "../../../../nodes/merger/regmean.ts"
import { mergeModelsRegmean, mergeModelsRegmeanPlus } from "../../../../nodes/merger/text-regmean.ts"
import type { Model } from "../../../../nodes/port/model.ts"
import type { Network } from "../../../../nodes/port/network.ts"
import { anyDevice } from "../../../support/any-device.ts"
import { tinyModel, tinySubstrate, tinyTokens } from "../../tiny-models.ts"
import { randomExamples, randomNetwork } from "../networks.ts"
import { settledMerge } from "../settled-merge.ts"
import { wholeRegmean, wholeRegmeanPlus } from "../whole-regmean.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const settle = (kind: unknown, ...rest: [inputs: object, params?: object, store?: ReturnType<typeof memoryStore>]) => settledMerge(device, kind as Kind, ...(rest as [{}]))
const emptyStore = () => memoryStore(systemClock)

describe("of networks", () => {
  const inputs = (...seeds: readonly string[]) => ({ models: seeds.map((seed) => randomNetwork([4, 6, 5, 3], seed)), examples: seeds.map((_, at) => randomExamples(60, 4, 3, `data ${at}`)) })

  it("[M6] RegMean looks at the data of a model that is another, and of none when a coefficient moves", async () => {
    const store = emptyStore()
    const first = await settle(mergeRegmean, inputs("a", "b", "c"), {}, store)
    expect(first.ran).toEqual(["grams/0", "grams/1", "grams/2", "solve", "wanted/0", "wanted/1", "wanted/2"])
    const changes = [
      [["a", "b", "c"], { weight: [1, 2, 1] }, ["solve"]],
      [["a", "b", "c"], { alpha: 0.5 }, ["solve", "wanted/0", "wanted/1", "wanted/2"]],
      [["a", "d", "c"], {}, ["grams/1", "solve", "wanted/1"]],
    ] as const
    for (const [models, params, ran] of changes) {
      const now = await settle(mergeRegmean, inputs(...models), params, store)
      expect(now.ran).toEqual(ran)
      expect(now.hash).not.toBe(first.hash)
      expect(now.hash).toBe((await settle(mergeRegmean, inputs(...models), params)).hash)
    }
  })

  /** Layers of one network from another; data of 300, in two batches. */
  const stacked = (...layers: readonly string[]): Network => ({
    meta: { widths: [4, 6, 5, 3] },
    tensors: Object.assign({}, ...layers.map((seed, l) => Object.fromEntries(Object.entries(randomNetwork([4, 6, 5, 3], seed).tensors).filter(([name]) => name.startsWith(`layers/${l}/`))))) as Tensors,
  })
  const [a, b, c] = [stacked("a", "a", "a"), stacked("b", "b", "b"), stacked("c", "c", "c")]
  const data = ["a", "b", "c"].map((seed) => randomExamples(300, 4, 3, seed))
  const plus = (models: readonly Network[], params: object = {}, store = emptyStore(), examples = data) => settle(mergeRegmeanPlus, { models, examples }, { examples: 1000, ...params }, store)
  const seenAt = (l: number) => [0, 1, 2].map((i) => `layers/seen/${l}/${i}`)
  const mergedFrom = (l: number) => [0, 1, 2].slice(l).map((k) => `layers/merged/${k}`)

  it("[M6] RegMean++ sends each model's data through each merged layer once, and from another layer on again", async () => {
    const store = emptyStore()
    const first = await plus([a, b, c], {}, store)
    expect(first.ran.filter((node) => !/own/.test(node))).toEqual(["layers/merged/0", "layers/merged/1", "layers/merged/2", "layers/network", ...[0, 1, 2].flatMap(seenAt), "layout"])
    expect(first.runs).toEqual(Object.fromEntries([0, 1, 2].flatMap(seenAt).map((node) => [node, 2])))
    const changes = [
      [[a, stacked("b", "b", "other"), c], {}, data, ["layers/merged/2", "layers/network", "layers/own/0/1", "layers/own/1/1", "layers/own/2/1", "layout"], []],
      [[a, stacked("b", "other", "b"), c], {}, data, [...mergedFrom(1), "layers/network", "layers/own/0/1", "layers/own/1/1", "layers/own/2/1", ...seenAt(2), "layout"], seenAt(2)],
      [[a, stacked("other", "b", "b"), c], {}, data, [...mergedFrom(0), "layers/network", "layers/own/0/1", "layers/own/1/1", "layers/own/2/1", ...seenAt(1), ...seenAt(2), "layout"], [...seenAt(1), ...seenAt(2)]],
      [[a, b, c], { weight: [1, 2, 1] }, data, [...mergedFrom(0), "layers/network", ...seenAt(1), ...seenAt(2)], [...seenAt(1), ...seenAt(2)]],
      [[a, b, c], { alpha: 0.5 }, data, [...mergedFrom(0), "layers/network", ...seenAt(1), ...seenAt(2)], [...seenAt(1), ...seenAt(2)]],
      [[a, b, c], {}, [data[0]!, randomExamples(300, 4, 3, "other"), data[2]!], [...mergedFrom(0), "layers/network", "layers/seen/0/1", ...seenAt(1), ...seenAt(2)], ["layers/seen/0/1", ...seenAt(1), ...seenAt(2)]],
    ] as const
    for (const [models, params, examples, ran, looked] of changes) {
      const now = await plus(models, params, store, [...examples])
      expect(now.ran).toEqual(ran)
      expect(Object.keys(now.runs).toSorted()).toEqual(looked)
      expect(now.hash).not.toBe(first.hash)
      expect(now.hash).toBe((await plus(models, params, emptyStore(), [...examples])).hash)
    }
  })

  it("[M6] RegMean++ gives the bytes of a merge of whole networks in one go", async () => {
    const options = { alpha: 0.95, ridge: 1e-6 }
    const { value } = await plus([a, b, c], { ...options, weight: [1, 2, 0.5] })
    expect((value as Network).tensors).toEqual(await wholeRegmeanPlus(device, [a, b, c], data, { ...options, weights: [1, 2, 0.5] }))
  })

  it("RegMean++ tells what does not fit before any data is looked at", async () => {
    for (const [models, params, examples, ran, message] of [
      [[a, b, c], {}, data.slice(1), [], "3 models and 2 sets of examples came in; each model needs its own"],
      [[a, b, c], { weight: [1] }, data, [], "weight has 1 values for 3 models"],
      [[a, randomNetwork([4, 5, 3], "other"), c], {}, data, ["layout"], "model 2 is 4 x 5 x 3, model 1 is 4 x 6 x 5 x 3"],
    ] as const) expect(await plus(models, params, emptyStore(), [...examples])).toMatchObject({ ran, runs: {}, messages: [message] })
    expect(await plus([a], {}, emptyStore(), [randomExamples(9, 5, 3, "wide")])).toMatchObject({ runs: {}, messages: ["the examples have 5 numbers each, the networks take 4"] })
  })

  it("tells models without examples, and coefficients that do not fit, before any data is looked at", async () => {
    for (const [params, sets, message] of [[{}, 1, "2 models and 1 set of examples came in; each model needs its own"], [{ weight: [1] }, 2, "weight has 1 values for 2 models"]] as const) {
      const { models, examples } = inputs("a", "b")
      expect(await settle(mergeRegmean, { models, examples: examples.slice(0, sets) }, params)).toMatchObject({ ran: [], messages: [message] })
    }
  })
})

describe("of language models", () => {
  const text = { substrate: tinySubstrate(), tokens: tinyTokens([60, 70, 60, 70]) }
  const inputs = (...seeds: readonly string[]) => ({ models: seeds.map((seed) => tinyModel(seed, { blocks: 2 })), ...text })
  const locales = [["en"], ["ru"], []]

  it("[M6] RegMean looks at the text of a model that is another, and at none when a coefficient moves", async () => {
    const store = emptyStore()
    const first = await settle(mergeModelsRegmean, inputs("a", "b", "c"), { locales }, store)
    expect(first.ran).toEqual(["grams/0", "grams/1", "grams/2", "layout", "solve", "wanted/0", "wanted/1", "wanted/2"])
    // 120, 140 and 260 tokens in windows of 8, of each document's own: 16, 18 and 34, 8 at a time.
    expect(first.runs).toEqual({ "grams/0": 2, "grams/1": 3, "grams/2": 5 })
    const changes = [
      [["a", "b", "c"], { weight: [1, 2, 1] }, ["solve"]],
      [["a", "b", "c"], { alpha: 0.5 }, ["solve", "wanted/0", "wanted/1", "wanted/2"]],
      [["a", "b", "c"], { ridge: 0.01 }, ["solve"]],
      [["a", "b", "c"], { locales: [["en"], ["en"], []] }, ["grams/1", "layout", "solve", "wanted/1"]],
      [["a", "d", "c"], {}, ["grams/1", "layout", "solve", "wanted/1"]],
    ] as const
    for (const [models, params, ran] of changes) {
      const now = await settle(mergeModelsRegmean, inputs(...models), { locales, ...params }, store)
      expect(now.ran).toEqual(ran)
      expect(now.hash).not.toBe(first.hash)
      expect(now.hash).toBe((await settle(mergeModelsRegmean, inputs(...models), { locales, ...params })).hash)
    }
  })

  const withSubstrate = (model: Model, by: number): Model => ({ ...model, tensors: { ...model.tensors, substrate: ndarray("f32", [24, 16], text.substrate.tensors["matrix"]!.data.map((x) => (x as number) * by) as Float32Array) } })
  /** Two MLPs behind a router in place of the one in each block. */
  const withExperts = (seed: string): Model => {
    const [{ meta, tensors }, other] = [tinyModel(seed, { blocks: 2 }), tinyModel(`other ${seed}`, { blocks: 2 })]
    const experts = Object.entries(tensors).flatMap(([name, weight]) => (name.includes("/mlp/") ? [tensors, other.tensors].map((of, j) => [name.replace("/mlp/", `/expert/${j}/`), of[name]!] as const) : [[name, weight] as const]))
    const routers = [0, 1].map((i) => [routerName(i), ndarray("f32", [16, 2], random(`${seed} ${i}`).normals(32))] as const)
    return { meta, tensors: Object.fromEntries([...experts, ...routers]) }
  }
  const [short, long] = [tinyModel("short", { blocks: 2, context: 6 }), tinyModel("long", { blocks: 2, context: 8 })]

  it.each([
    ["of one context or not", [short, long]],
    ["with trained substrates", [withSubstrate(short, 1), withSubstrate(long, 1.5)]],
    ["with expert layers", [withExperts("a"), withExperts("b")]],
  ] as const)("[M6] give the bytes of a merge of whole models in one go: %s", async (_, models) => {
    const given = { alpha: 0.6, ridge: 1e-6, locales: locales.slice(0, 2), windows: 11 }
    for (const [kind, propagate] of [[mergeModelsRegmean, false], [mergeModelsRegmeanPlus, true]] as const) {
      const { value } = await settle(kind, { models, ...text }, { ...given, weight: [1, 2] })
      expect((value as Model).tensors).toEqual(await wholeRegmean(device, models, text.substrate, text.tokens, { ...given, weights: [1, 2], propagate }))
      expect((value as Model).meta).toEqual({ ...models[0].meta, context: Math.min(...models.map(({ meta }) => meta.context)), stages: models.flatMap(({ meta }) => meta.stages) })
    }
  })

  describe("RegMean++", () => {
    /** The model, but for the weights of another whose names match. */
    const but = (model: Model, where: RegExp): Model => ({ ...model, tensors: Object.fromEntries(Object.entries(tinyModel("other", { blocks: 2 }).tensors).map(([name, weight]) => [name, where.test(name) ? weight : model.tensors[name]!])) })
    const [a, b] = [tinyModel("a", { blocks: 2 }), tinyModel("b", { blocks: 2 })]
    const params = { locales: locales.slice(0, 2) }
    const parts = ["block/0", "block/1", "above"]
    const each = (...paths: readonly string[]) => paths.flatMap((path) => [`blocks/${path}/0`, `blocks/${path}/1`])
    const looks = (ran: readonly string[]) => ran.filter((node) => /grams|seen|merged|layout|model/.test(node))

    it("[M6] sends each model's text through each merged block once, and through its own blocks on that", async () => {
      const { ran, runs } = await settle(mergeModelsRegmeanPlus, { models: [a, b], ...text }, params)
      expect(looks(ran)).toEqual([...each("grams/above", "grams/block/0", "grams/block/1"), ...["above", "block/0", "block/1"].map((part) => `blocks/merged/${part}`), "blocks/model", ...each("seen/0", "seen/1", "seen/2"), "layout"])
      // 16 and 18 windows, 8 at a time.
      expect(runs).toEqual(Object.fromEntries(each("seen/0", "seen/1", "seen/2", ...parts.map((part) => `grams/${part}`)).map((node) => [node, node.endsWith("0") ? 2 : 3])))
    })

    it("[M6] looks again from the first block on that is another, and there at the text of its model alone", async () => {
      const store = emptyStore()
      const first = await settle(mergeModelsRegmeanPlus, { models: [a, b], ...text }, params, store)
      const from = (at: number) => parts.slice(at)
      const above = (at: number) => [...from(at).map((part) => `blocks/merged/${part}`), ...each(...from(at + 1).map((part) => `grams/${part}`)), ...[1, 2].filter((s) => s > at).flatMap((s) => each(`seen/${s}`)), "blocks/model"]
      const changes = [
        [[a, but(b, /norm\/|head/)], {}, ["layout", "blocks/grams/above/1", ...above(2)], "norms and head"],
        [[a, but(b, /^head/)], {}, ["layout", "blocks/grams/above/1", ...above(2)], "head"],
        [[a, but(b, /^block\/1/)], {}, ["layout", "blocks/grams/block/1/1", ...above(1)], "block 1"],
        [[a, but(b, /^block/)], {}, ["layout", "blocks/grams/block/0/1", ...above(0)], "all blocks"],
        [[a, b], { weight: [1, 2] }, above(0), "weight"],
        [[a, b], { alpha: 0.3 }, above(0), "alpha"],
        [[a, b], { locales: [["en"], []] }, ["layout", "blocks/seen/0/1", "blocks/grams/block/0/1", ...above(0)], "text"],
      ] as const
      for (const [models, changed, ran, what] of changes) {
        const now = await settle(mergeModelsRegmeanPlus, { models, ...text }, { ...params, ...changed }, store)
        expect(looks(now.ran), what).toEqual(ran.toSorted())
        expect(now.hash).not.toBe(first.hash)
        expect(now.hash, what).toBe((await settle(mergeModelsRegmeanPlus, { models, ...text }, { ...params, ...changed })).hash)
      }
    })

    it("[M6] begins with the mean of trained substrates: a coefficient that moves has all text looked at again", async () => {
      const store = emptyStore()
      const models = [withSubstrate(a, 1), withSubstrate(b, 1.5)]
      const first = await settle(mergeModelsRegmeanPlus, { models, ...text }, params, store)
      expect(looks((await settle(mergeModelsRegmeanPlus, { models, ...text }, { ...params, weight: [1, 2] }, store)).ran)).toEqual(looks(first.ran).filter((node) => node !== "layout"))
    })
  })

  it("[M7] looks with the least context of all models: another of less has all looked at again", async () => {
    const store = emptyStore()
    const [a, b] = [tinyModel("a"), tinyModel("b")]
    await settle(mergeModelsRegmean, { models: [a, b], ...text }, {}, store)
    const longer = await settle(mergeModelsRegmean, { models: [a, { ...b, meta: { ...b.meta, context: 9 } }], ...text }, {}, store)
    expect(longer.ran).toEqual(["grams/1", "layout", "solve", "wanted/1"])
    const shorter = await settle(mergeModelsRegmean, { models: [a, { ...b, meta: { ...b.meta, context: 7 } }], ...text }, {}, store)
    expect(shorter.ran).toEqual(["grams/0", "grams/1", "layout", "solve", "wanted/0", "wanted/1"])
    expect([longer, shorter].map(({ value }) => (value as { meta: { context: number } }).meta.context)).toEqual([8, 7])
  })

  it("tells what does not fit before any text is looked at", async () => {
    const [a, b] = [tinyModel("a"), tinyModel("b")]
    const few = { ...text.tokens, meta: { ...text.tokens.meta, vocabulary: 23 } }
    const cases = [
      [{ models: [a, b] }, { locales: [["en"]] }, [], "locales has 1 list for 2 models"],
      [{ models: [a, b] }, { weight: [1] }, [], "weight has 1 values for 2 models"],
      [{ models: [a, tinyModel("b", { blocks: 2 })] }, {}, ["layout"], "model 2 has vocabulary 24, substrate width 16, width 16, 2 heads, 2 blocks, the first has vocabulary 24, substrate width 16, width 16, 2 heads, 1 blocks"],
      [{ models: [a, b], tokens: few }, {}, ["layout"], "the tokens come from a vocabulary of 23, the model knows 24"],
      [{ models: [a, b], substrate: tinySubstrate({ columns: 8 }) }, {}, ["layout"], "the substrate is [24, 8], the model was trained on one of [24, 16]"],
      [{ models: [a, b] }, { locales: [["en"], ["zh"]] }, ["layout"], "no language zh in the text, which has en, ru"],
    ] as const
    for (const kind of [mergeModelsRegmean, mergeModelsRegmeanPlus]) {
      for (const [given, params, ran, message] of cases) expect(await settle(kind, { ...text, ...given }, params)).toMatchObject({ ran, runs: {}, messages: [message] })
    }
  })
})
