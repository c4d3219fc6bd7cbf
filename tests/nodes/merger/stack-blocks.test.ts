import { describe, expect, it } from "vitest"
import { ndarray } from "#src"
import type { Model } from "../../../nodes/port/model.ts"
import { stackBlocks } from "../../../nodes/merger/stack-blocks.ts"
import { runContext } from "../dataset/run-context.ts"

const made = (mark: number, blocks: number, more: Partial<Model["meta"]> = {}): Model => ({
  meta: { vocabulary: 4, substrateWidth: 2, width: 2, heads: 1, blocks, context: 8, stages: [], ...more } as unknown as Model["meta"],
  tensors: Object.fromEntries(["substrate", ...Array.from({ length: blocks }, (_, i) => `block/${i}/mlp/weight`), "head/weight"].map((name, i) => [name, ndarray("f32", [1], Float32Array.of(10 * mark + i))])),
})
const stack = (models: readonly Model[], slices: readonly { model: number; from: number; to: number }[]) => (stackBlocks.run({ models }, { slices }, runContext()) as { model: Model }).model
const values = ({ tensors }: Model) => Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data[0]]))

describe("blocks one on another", () => {
  it("are renumbered; the bottom comes from the first slice's model, the top from the last's", () => {
    const stacked = stack([made(1, 3), made(2, 3)], [{ model: 1, from: 0, to: 2 }, { model: 2, from: 1, to: 3 }])
    expect(values(stacked)).toEqual({ "substrate": 10, "block/0/mlp/weight": 11, "block/1/mlp/weight": 12, "block/2/mlp/weight": 22, "block/3/mlp/weight": 23, "head/weight": 24 })
    expect(stacked.meta.blocks).toBe(4)
  })
  it("have the stages of every model they are of, once, and the least context", () => {
    const stage = (task: string) => ({ task }) as unknown as Model["meta"]["stages"][number]
    const [one, two] = [made(1, 3, { stages: [stage("a")] }), made(2, 3, { stages: [stage("b"), stage("c")], context: 6 })]
    const { meta } = stack([one, two], [{ model: 1, from: 0, to: 2 }, { model: 2, from: 1, to: 3 }, { model: 1, from: 2, to: 3 }])
    expect([meta.stages, meta.context]).toEqual([["a", "b", "c"].map(stage), 6])
  })
  it("may come twice; without slices all of every model is taken", () => {
    expect(values(stack([made(1, 2)], [{ model: 1, from: 0, to: 2 }, { model: 1, from: 1, to: 2 }]))).toMatchObject({ "block/1/mlp/weight": 12, "block/2/mlp/weight": 12 })
    expect(stack([made(1, 2), made(2, 3)], []).meta.blocks).toBe(5)
  })
  it("that are not there, or do not fit, are refused", () => {
    expect(() => stack([made(1, 2)], [{ model: 1, from: 1, to: 3 }])).toThrow("blocks 1 to 3 of model 1: expected some of its 2")
    expect(() => stack([made(1, 2)], [{ model: 2, from: 0, to: 1 }])).toThrow("a slice is of model 2; 1 came in")
    expect(() => stack([made(1, 2), made(2, 2, { width: 4 })], [])).toThrow("the models have width 2, 1 heads, vocabulary 4 and width 4, 1 heads, vocabulary 4")
  })
})
