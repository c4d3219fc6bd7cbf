import { describe, expect, it } from "vitest"
import { ndarray } from "#src"
import { tokenBounds } from "../../../nodes/metric/token-bounds.ts"
import type { Scores } from "../../../nodes/port/scores.ts"
import { resultOf, runContext } from "../dataset/run-context.ts"

const scored = (losses: readonly number[]): Scores => ({ meta: { locales: ["en"] }, tensors: { logp: ndarray("f32", [losses.length], Float32Array.from(losses, (x) => -x)) } })
const count = async (composed: readonly number[], experts: readonly (readonly number[])[]) =>
  (await resultOf(tokenBounds.run({ composed: scored(composed), experts: experts.map(scored) }, { slack: 1e-4 }, runContext()))).metric.values

describe("bounds of a composition", () => {
  it("counts the tokens above the mean loss, and those above the least plus ln 2", async () => {
    const experts = [[1, 1, 4, 4], [3, 3, 8, 8]]
    expect(await count([2, 2.00005, 4.6, 6.5], experts)).toEqual({ "above mean": 1, "above least": 3, tokens: 4 })
    expect(await count([1.69, 1, 4.69, 4], experts)).toEqual({ "above mean": 0, "above least": 0, tokens: 4 })
  })
  it("is of one text", async () => {
    await expect(async () => count([1], [[1, 2]])).rejects.toThrow("expert 1 has 2 tokens, the composition 1")
  })
})
