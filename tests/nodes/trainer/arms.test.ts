/** The controls of layer-wise growth: how blocks begin, what trains, for how long, and what it took (arXiv 2507.07129, 2405.15319, 2106.09685). */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { contentHash, cost, must, type Device, type ParamValues } from "#src"
import { scoreText } from "../../../nodes/model/score-text.ts"
import { scores } from "../../../nodes/port/scores.ts"
import type { Model } from "../../../nodes/port/model.ts"
import { blockOf } from "../../../nodes/trainer/plan.ts"
import { pretrain } from "../../../nodes/trainer/pretrain.ts"
import { anyDevice } from "../../support/any-device.ts"
import { elementsOf, resultOf } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { inElements, tinyModel, tinySubstrate, tinyTokens, vocabulary, width } from "../tiny-models.ts"

type Params = ParamValues<typeof pretrain.params>
const defaults: Params = {
  locales: [], width: 0, blocks: 1, heads: 2, start: "random", trains: "newest", rank: 0, table: "first", context: 8, batch: 4, steps: 5, lr: 0.01, warmup: 2, weightDecay: 0.1, clip: 1,
}
const text = tinyTokens([60, 70])

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const run = async (params: Partial<Params>, given: { readonly below?: Model; readonly budget?: Model; readonly trainable?: boolean } = {}) => {
  const fake = fakeContext(device)
  const { below, budget, trainable = false } = given
  const result = await resultOf(pretrain.run({ substrate: tinySubstrate({ trainable }), tokens: text, below, budget, rate: undefined }, { ...defaults, ...params }, fake.context))
  return { ...result, programs: fake.programs, open: fake.open() }
}
const lossOf = async (model: Model): Promise<number> => {
  const { tensors } = scores.join((await elementsOf(scoreText.run({ model, substrate: tinySubstrate(), tokens: inElements(text) }, {}, fakeContext(device).context))).scores)
  const logp = must(tensors["logp"], "logp").data
  return -Array.from(logp).reduce((sum, x) => sum + x, 0) / logp.length
}
const hashes = ({ tensors }: Model): { readonly [name: string]: string } => Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, contentHash(x)]))
const changed = (before: Model, after: Model): readonly string[] => {
  const [was, is] = [hashes(before), hashes(after)]
  return Object.keys(was).filter((name) => was[name] !== is[name])
}
const below = tinyModel("below", { blocks: 2 })
const head = ["head/bias", "head/weight", "norm/bias", "norm/scale"]

describe("how new blocks begin", () => {
  it("zero: the deeper model is the one below, to 1e-5 nats", async () => {
    const { model } = await run({ start: "zero", steps: 0 }, { below })
    expect(model.meta.blocks).toBe(3)
    expect(Math.abs((await lossOf(model)) - (await lossOf(below)))).toBeLessThan(1e-5)
    expect(Math.abs((await lossOf((await run({ steps: 0, start: "copy" }, { below })).model)) - (await lossOf(below)))).toBeGreaterThan(1e-3)
  })

  it("zero: what such a block adds to the stream is learned from the first step on", async () => {
    const { model } = await run({ start: "zero", steps: 1 }, { below })
    for (const name of ["attention/out", "mlp/down"]) expect(must(model.tensors[`block/2/${name}`], name).data.some((x) => x !== 0), name).toBe(true)
  })

  it.each([2, 3])("copy: the stack of two blocks %d times, in order, every weight", async (g) => {
    const { model } = await run({ start: "copy", blocks: (g - 1) * 2, steps: 0 }, { below })
    expect(model.meta.blocks).toBe(2 * g)
    const [small, large] = [hashes(below), hashes(model)]
    expect(Object.keys(large).length).toBe(12 * 2 * g + 4)
    for (const [name, hash] of Object.entries(large)) {
      const at = blockOf(name)
      const from = at === undefined ? name : name.replace(`block/${at}/`, `block/${at % 2}/`)
      expect(hash, name).toBe(small[from])
    }
  })
})

describe("what trains", () => {
  it("no new block: the head alone, or everything", async () => {
    const [only, all] = [await run({ blocks: 0 }, { below }), await run({ blocks: 0, trains: "all" }, { below })]
    expect(changed(below, only.model).slice().sort()).toEqual(head)
    expect(changed(below, all.model).length).toBe(28)
    expect([only.model.meta.blocks, all.model.meta.blocks]).toEqual([2, 2])
    expect(all.frozen.rows.map(([name]) => name)).toEqual(["substrate"])
  })

  it("lora: blocks below move by adapters of rank 2 d / L alone, which are in the weights at the end and change no logit by 1e-4", async () => {
    const { model, programs, frozen, open } = await run({ trains: "lora", blocks: 2, steps: 20 }, { below })
    const adapters = Object.keys(programs[0]?.inputs ?? {}).filter((name) => name.startsWith("lora/"))
    expect(adapters.length).toBe(2 * 6 * 2)
    const step = programs[0]?.steps[must(programs[0].inputs["lora/block/0/mlp/up/a"], "adapter")]
    expect(step?.shape).toEqual([width, (2 * width) / 4])
    const moved = changed(below, model)
    const matrices = Object.keys(below.tensors).filter((name) => blockOf(name) !== undefined && below.tensors[name]?.shape.length === 2)
    expect(moved.slice().sort()).toEqual([...matrices, ...head].sort())
    expect(Object.keys(model.tensors).filter((name) => name.startsWith("lora/"))).toEqual([])
    expect(model.meta.stages[1]?.mergeError).toBeLessThan(1e-4)
    // Weights apart from the adapters stayed as they were, to the bit.
    expect(frozen.rows.map(([name]) => name)).toEqual(expect.arrayContaining(matrices))
    expect(open).toBe(0)
  })

  it("lora: before the first step the model is the one below", async () => {
    const { model } = await run({ trains: "lora", blocks: 0, steps: 0 }, { below })
    expect(changed(below, model)).toEqual([])
  })

  it("a trainable substrate trains in the first stage, or in all", async () => {
    const first = await run({}, { trainable: true })
    const [then, on] = [await run({}, { below: first.model, trainable: true }), await run({ table: "all" }, { below: first.model, trainable: true })]
    expect(changed(first.model, then.model)).not.toContain("substrate")
    expect(changed(first.model, on.model)).toContain("substrate")
  })

  it("says what does not fit", async () => {
    await expect(run({ blocks: 0 })).rejects.toMatchObject({ param: "blocks" })
    await expect(run({ start: "zero" })).rejects.toMatchObject({ param: "start" })
    await expect(run({ trains: "router" }, { below })).rejects.toMatchObject({ param: "trains" })
  })
})

describe("what a stage took", () => {
  it("is counted in the program that ran: tokens, operations, numbers that train, their 12 bytes each", async () => {
    const { model, programs } = await run({}, { below })
    const d = width
    const active = 12 * d * d + 9 * d + 2 * d + (d + 1) * vocabulary
    const { flops, peakBytes } = cost(must(programs[0], "program"))
    expect(model.meta.stages[1]).toMatchObject({ tokens: 5 * 4 * 8, activeParams: active, stateBytes: 12 * active, flops: 5 * flops, peakBytes, mergeError: 0 })
  })

  it("trains as many of its own steps as another model's operations allow", async () => {
    const cheap = await run({ blocks: 1, steps: 40 })
    const perStep = cost(must((await run({ blocks: 3, steps: 1 })).programs[0], "program")).flops
    const spent = must(cheap.model.meta.stages[0], "stage").flops
    const { model } = await run({ blocks: 3, steps: 7 }, { budget: cheap.model })
    expect(model.meta.stages[0]?.steps).toBe(Math.floor(spent / perStep))
    expect(model.meta.stages[0]?.steps).toBeGreaterThan(7)
    await expect(run({ blocks: 3, steps: 1 }, { budget: below })).rejects.toThrow("less than one step")
  })
})
