import { describe, expect, it } from "vitest"
import type { Matrix } from "#src"
import { curveOver } from "../../../nodes/metric/curve-over.ts"
import { methodTable } from "../../../nodes/metric/method-table.ts"
import { trainingCost } from "../../../nodes/metric/training-cost.ts"
import { untrained } from "../../../nodes/port/model.ts"
import type { Observations } from "../../../nodes/port/observations.ts"
import { resultOf, runContext } from "../dataset/run-context.ts"
import { tinyModel } from "../tiny-models.ts"

const documents = (bits: readonly number[], chance: number | null = null): Observations => ({
  title: "Bits", unit: "bits per character", better: "lower", chance, each: "documents", groups: ["en", "ru"],
  group: [0, 0, 1, 1], sum: bits, weight: [10, 20, 10, 20],
})
const run = (x: number): Observations => ({ title: "Peak", unit: "bytes", better: "lower", chance: null, each: "runs", groups: ["run"], group: [0], sum: [x], weight: [1] })

describe("a table of methods", () => {
  const table = async (given: readonly Observations[], methods: readonly string[]): Promise<Matrix> =>
    (await resultOf(methodTable.run({ observations: given }, { title: "", methods, draws: 200 }, runContext()))).table

  it("has a column a language and one for their mean, with intervals, what these are over, and the chance level", async () => {
    const found = await table([documents([10, 20, 20, 40], 8), documents([20, 40, 40, 80], 8)], ["a", "b"])
    expect(found).toMatchObject({ title: "Bits", unit: "bits per character", chance: 8, over: "4 documents, of one seed", rows: ["a", "b"], columns: ["en", "ru", "mean"] })
    // Every document of a language has the same bits per character, so drawing others changes nothing.
    const cell = (value: number) => ({ value: expect.closeTo(value, 12) as number, interval: [expect.closeTo(value, 12), expect.closeTo(value, 12)] })
    // One seed, and documents all alike: an interval without width says nothing, so none is given.
    expect(found.cells).toEqual([[1, 2, 1.5], [2, 4, 3]].map((row) => row.map((value) => ({ ...cell(value), interval: null }))))
  })

  it("knows nothing of other seeds when it has one, and has one column where there is one group", async () => {
    expect(await table([run(7), run(9)], ["a", "b"])).toMatchObject({ columns: ["run"], over: "one seed", cells: [[{ value: 7, interval: null }], [{ value: 9, interval: null }]] })
    expect((await table([run(1), run(2), run(3)], ["a"])).cells[0]![0]).toEqual({ value: 2, interval: [expect.closeTo(2 - 4.303 / Math.sqrt(3), 6), expect.closeTo(2 + 4.303 / Math.sqrt(3), 6)] })
  })
})

describe("a curve over sizes", () => {
  const curve = async (given: readonly Observations[], lines: readonly string[], sizes: readonly number[]) =>
    (await resultOf(curveOver.run({ observations: given }, { title: "", x: "blocks", lines, sizes, draws: 200 }, runContext()))).curve

  it("has a line with a band for each way, and the chance level as a line", async () => {
    const given = [1, 2, 3, 4].flatMap((level) => [0, 0.2].map((seed) => documents([10, 20, 10, 20].map((w) => w * (level + seed)), 0.5)))
    const found = await curve(given, ["grown", "whole"], [1, 2])
    expect(found).toMatchObject({ x: "blocks", y: "bits per character" })
    expect(found.series.map(({ name, points }) => [name, points])).toEqual([
      ["grown", [[1, expect.closeTo(1.1, 9)], [2, expect.closeTo(2.1, 9)]]],
      ["whole", [[1, expect.closeTo(3.1, 9)], [2, expect.closeTo(4.1, 9)]]],
      ["chance", [[1, 0.5], [2, 0.5]]],
    ])
    // Two seeds, 0.2 apart: 12.706 times the standard error 0.1.
    expect(found.series[0]!.band![0]).toEqual([expect.closeTo(1.1 - 1.2706, 6), expect.closeTo(1.1 + 1.2706, 6)])
    expect(found.series[2]!.band).toBeUndefined()
  })

  it("says what does not fit", async () => {
    await expect(async () => curve([run(1), run(2)], ["a"], [2, 1])).rejects.toThrow("sizes must ascend, got 2, 1")
    await expect(async () => curve([run(1), run(2), run(3)], ["a"], [1, 2])).rejects.toThrow("3 observations cannot be 2 methods, each as often")
  })
})

describe("the cost of training", () => {
  it("is of all stages in tokens and operations, and of the last in what it holds", async () => {
    const stage = (tokens: number, peakBytes: number) => ({ ...untrained(1), tokens, flops: 10 * tokens, activeParams: tokens, stateBytes: 12 * tokens, peakBytes, workBytes: tokens })
    const model = tinyModel("cost")
    const grown = { ...model, meta: { ...model.meta, stages: [stage(5, 900), stage(7, 800)] } }
    const { values } = (await resultOf(trainingCost.run({ model: grown }, {}, runContext()))).metric
    expect(values).toEqual({ tokens: 12, flops: 120, "active params": 7, "state bytes": 84, "work bytes": 7, "peak bytes": 900, "merge error": 0 })
  })
})
