import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { contentHash, must, ndarray, random, type Device, type ParamValues } from "#src"
import type { Model } from "../../../nodes/port/model.ts"
import { frozenTable } from "../../../nodes/trainer/frozen.ts"
import { blockOf, planTraining } from "../../../nodes/trainer/plan.ts"
import { pretrain } from "../../../nodes/trainer/pretrain.ts"
import { anyDevice } from "../../support/any-device.ts"
import { resultOf } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"

const params: ParamValues<typeof pretrain.params> = {
  locales: [], width: 0, blocks: 1, heads: 2, start: "random", trains: "newest", rank: 0, table: "first", context: 8, batch: 4, steps: 5, lr: 0.01, warmup: 2, weightDecay: 0.1, clip: 1,
}

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const grow = async (below: Model | undefined, { trainable = false, blocks = 1 } = {}) => {
  const fake = fakeContext(device)
  const inputs = { substrate: tinySubstrate({ trainable }), tokens: tinyTokens([60, 70]), below, budget: undefined, rate: undefined }
  const result = await resultOf(pretrain.run(inputs, { ...params, blocks }, fake.context))
  return { ...result, program: fake.programs[0] }
}
const hash = ({ tensors }: Model, name: string) => contentHash(must(tensors[name], name))

describe("a stage of growth", () => {
  it("adds blocks on top, leaves every block below as it was, and trains the head on", async () => {
    const below = tinyModel("below", { blocks: 2 })
    const { model, frozen } = await grow(below)
    expect(model.meta.blocks).toBe(3)
    expect(model.meta.stages).toMatchObject([{ blocks: 2, steps: 0 }, { blocks: 1, steps: 5 }])
    const names = Object.keys(below.tensors)
    const [old, shared] = [names.filter((name) => blockOf(name) !== undefined), names.filter((name) => blockOf(name) === undefined)]
    expect(old.length).toBe(24)
    for (const name of old) expect(hash(model, name), name).toBe(hash(below, name))
    for (const name of shared) expect(hash(model, name), name).not.toBe(hash(below, name))
    expect(Object.keys(model.tensors).filter((name) => blockOf(name) === 2).length).toBe(12)
    const substrate = contentHash(must(tinySubstrate().tensors["matrix"], "matrix")).slice(0, 16)
    const rows = old.sort().map((name) => [name, hash(below, name).slice(0, 16), hash(model, name).slice(0, 16)])
    expect(frozen.rows).toEqual([...rows, ["substrate", substrate, substrate]])
  })

  it("starts from the head and the last norm of the model below, and from a random block", () => {
    const below = tinyModel("below")
    const plan = planTraining(tinySubstrate(), below, params, random("init"))
    for (const name of ["head/weight", "head/bias", "norm/scale", "norm/bias"]) expect(plan.trained[name], name).toBe(below.tensors[name])
    expect(Object.keys(plan.frozen).every((name) => name.startsWith("block/0/"))).toBe(true)
    expect(plan.trained["block/1/mlp/up"]?.data).not.toEqual(below.tensors["block/0/mlp/up"]?.data)
  })

  it("computes no gradient for what is frozen: 8 products a frozen block, 24 a new one, 3 for the head", async () => {
    const products = async (below: Model | undefined, blocks: number) => {
      const { program } = await grow(below, { blocks })
      return program?.steps.filter(({ op }) => op === "matmul").length
    }
    expect(await products(undefined, 3)).toBe(3 * 24 + 3)
    expect(await products(tinyModel("below", { blocks: 2 }), 1)).toBe(2 * 8 + 24 + 3)
  })

  it("grows stage by stage, each on the last", async () => {
    const first = await grow(undefined)
    const second = await grow(first.model)
    const third = await grow(second.model)
    expect(third.model.meta.stages).toMatchObject([1, 1, 1].map((blocks) => ({ blocks, steps: 5 })))
    for (const name of Object.keys(third.model.tensors)) {
      if (blockOf(name) === 0) expect(hash(third.model, name), name).toBe(hash(first.model, name))
      if (blockOf(name) === 1) expect(hash(third.model, name), name).toBe(hash(second.model, name))
    }
  })

  it("trains the substrate of the control in the first stage only", async () => {
    const first = await grow(undefined, { trainable: true })
    const second = await grow(first.model, { trainable: true })
    expect(hash(first.model, "substrate")).not.toBe(contentHash(must(tinySubstrate().tensors["matrix"], "matrix")))
    expect(first.frozen.rows).toEqual([])
    expect(hash(second.model, "substrate")).toBe(hash(first.model, "substrate"))
    expect(second.frozen.rows.map(([name]) => name)).toContain("substrate")
    expect(Object.keys(second.program?.outputs ?? {})).not.toContain("substrate")
  })
})

describe("frozenTable", () => {
  it("refuses weights that changed by one bit", () => {
    const [was, is] = [ndarray("f32", [2], Float32Array.of(1, 0)), ndarray("f32", [2], Float32Array.of(1, -0))]
    expect(frozenTable({ w: was }, { w: was }).rows.length).toBe(1)
    expect(() => frozenTable({ w: was }, { w: is })).toThrow(/frozen weight w changed from/)
  })
})
