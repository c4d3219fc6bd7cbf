/** Small figures of growth: recovery after a new block, weights that changed, rows of a substrate, the best learning rate. */
import { describe, expect, it } from "vitest"
import { must, ndarray, type Curve } from "#src"
import { changedWeights } from "../../../nodes/metric/changed-weights.ts"
import { pickRate } from "../../../nodes/metric/pick-rate.ts"
import { recovery } from "../../../nodes/metric/recovery.ts"
import { substrateRows } from "../../../nodes/metric/substrate-rows.ts"
import type { Observations } from "../../../nodes/port/observations.ts"
import { resultOf, runContext } from "../dataset/run-context.ts"
import { tinyModel } from "../tiny-models.ts"

const curve = (...losses: readonly number[]): Curve => ({ title: "Training loss", x: "steps", y: "nats", series: [{ name: "", points: losses.map((y, i) => [5 * (i + 1), y] as const) }] })

describe("recovery", () => {
  const of = async (before: Curve, after: Curve, last = 2) => (await resultOf(recovery.run({ before, after }, { last }, runContext()))).metric.values

  it("is the jump over the end of the stage before, and the share of the stage until it is made good", async () => {
    const { jump, share } = await of(curve(9, 3, 2), curve(4, 3, 2.5, 2))
    expect(jump).toBeCloseTo(4 - 2.5, 12)
    expect(share).toBe(15 / 20)
  })

  it("is the whole stage where the loss never comes back", async () => {
    expect((await of(curve(2), curve(3, 2.1))).share).toBe(1)
    await expect(of(curve(), curve(1))).rejects.toThrow("without a step")
  })
})

it("weights that changed are counted by content, in the blocks that were there", async () => {
  const before = tinyModel("before", { blocks: 2 })
  const moved = (name: string) => {
    const { shape, data } = must(before.tensors[name], name)
    return ndarray("f32", shape, Float32Array.from(data, (x, i) => (i === 0 ? x + 1 : x)))
  }
  const count = async (after: typeof before) => (await resultOf(changedWeights.run({ before, after }, {}, runContext()))).metric.values
  expect(await count(before)).toEqual({ changed: 0, all: 24 })
  expect(await count({ ...before, tensors: { ...before.tensors, "head/bias": moved("head/bias") } })).toEqual({ changed: 0, all: 24 })
  expect(await count({ ...before, tensors: { ...before.tensors, "block/1/mlp/up": moved("block/1/mlp/up") } })).toEqual({ changed: 1, all: 24 })
})

it("rows of a substrate: the furthest norm from 1, and all tokens that share a row", async () => {
  const matrix = ndarray("f32", [4, 2], Float32Array.of(1, 0, 0.6, 0.8, 1, 0, 0, 1.5))
  const { values } = (await resultOf(substrateRows.run({ substrate: { meta: { source: "random", trainable: false }, tensors: { matrix } } }, {}, runContext()))).metric
  expect(values).toEqual({ "norm error": 0.5, "tokens that share a row": 2, tokens: 4 })
})

it("the best rate is that of the lowest figure, or of the highest where higher is better", async () => {
  const seen = (better: "lower" | "higher", sum: number): Observations => ({ title: "bits", unit: "", better, chance: null, each: "documents", groups: ["en"], group: [0], sum: [sum], weight: [1] })
  const pick = async (better: "lower" | "higher") => (await resultOf(pickRate.run({ observations: [3, 1, 2].map((x) => seen(better, x)) }, { rates: [0.1, 0.2, 0.3] }, runContext()))).rate.lr
  expect([await pick("lower"), await pick("higher")]).toEqual([0.2, 0.1])
  await expect(resultOf(Promise.resolve().then(() => pickRate.run({ observations: [seen("lower", 1)] }, { rates: [0.1, 0.2] }, runContext())))).rejects.toMatchObject({ param: "rates" })
})
