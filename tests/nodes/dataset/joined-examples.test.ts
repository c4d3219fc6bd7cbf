/** Sets of examples as one. */
import { expect, it } from "vitest"
import { ndarray } from "#src"
import { joinedExamples } from "#nodes"
import type { Examples } from "../../../nodes/port/examples.ts"

const set = (first: number, count: number, meta: Partial<Examples["meta"]> = {}, width = 2): Examples => ({
  meta: { source: "mnist", classes: ["a", "b"], part: "train", ...meta },
  tensors: { input: ndarray("u8", [count, width, 1], Uint8Array.from({ length: count * width }, (_, i) => first + i)), label: ndarray("i32", [count], Int32Array.from({ length: count }, (_, i) => i % 2)) },
})
const joined = (...examples: readonly Examples[]): Examples => (joinedExamples.run({ examples }, {}, undefined as never) as { readonly examples: Examples }).examples

it("sets are joined in the order of the edges, and say where they come from", () => {
  const { meta, tensors } = joined(set(0, 3), set(100, 2, { source: "fashion-mnist" }), set(200, 1))
  expect(meta).toEqual({ source: "mnist and fashion-mnist", classes: ["a", "b"], part: "train" })
  expect(tensors["input"]!.shape).toEqual([6, 2, 1])
  expect([...(tensors["input"]!.data as Uint8Array)]).toEqual([0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 200, 201])
  expect([...(tensors["label"]!.data as Int32Array)]).toEqual([0, 1, 0, 0, 1, 0])
})

it.each([
  ["examples are 2 x 1 in the first and 3 x 1 in set 2", set(0, 1, {}, 3)],
  ["classes are a, b in the first and a, c in set 2", set(0, 1, { classes: ["a", "c"] })],
  ["what is joined is of train in the first and of test in set 2", set(0, 1, { part: "test" })],
])("what does not fit is refused: %s", (said, other) => {
  expect(() => joined(set(0, 1), other)).toThrow(`input examples: sets that are joined are alike, but ${said}`)
})
