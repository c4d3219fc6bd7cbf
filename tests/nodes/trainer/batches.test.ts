import { describe, expect, it } from "vitest"
import { ndarray, NodeFailure, random } from "#src"
import { makeBatches, streamOf } from "../../../nodes/trainer/batches.ts"
import type { Tokens } from "../../../nodes/port/tokens.ts"

// Documents of token values that tell their language: en 100.., ru 200...
const tokens: Tokens = {
  meta: { locales: ["en", "ru"], documents: ["a", "b", "c"], vocabulary: 300, bos: 1, unknown: 0 },
  tensors: {
    ids: ndarray("i32", [9], Int32Array.of(100, 101, 102, 103, 200, 201, 202, 104, 105)),
    starts: ndarray("i32", [4], Int32Array.of(0, 4, 7, 9)),
    locale: ndarray("i32", [3], Int32Array.of(0, 1, 0)),
    characters: ndarray("i32", [9], new Int32Array(9).fill(1)),
  },
}

describe("streamOf", () => {
  it("joins the documents of one language, each opened by bos", () => {
    expect([...streamOf(tokens, "en")]).toEqual([1, 100, 101, 102, 103, 1, 104, 105])
    expect([...streamOf(tokens, "ru")]).toEqual([1, 200, 201, 202])
  })
})

describe("makeBatches", () => {
  const batches = makeBatches(tokens, { locales: [], rows: 4, context: 3, random: random("s") })

  it("gives the same batch for the same step, whatever was asked before", () => {
    const seventh = batches(7)
    batches(3)
    expect(batches(7)).toEqual(seventh)
    expect(batches(8)).not.toEqual(seventh)
  })

  it("gives targets one token later, inside one language, languages taking turns", () => {
    for (let step = 0; step < 20; step++) {
      const { input, target } = batches(step)
      for (let row = 0; row < 4; row++) {
        expect([...input.data.subarray(row * 3 + 1, row * 3 + 3)]).toEqual([...target.data.subarray(row * 3, row * 3 + 2)])
        const language = [...target.data.subarray(row * 3, row * 3 + 3)].filter((id) => id !== 1).map((id) => Math.floor(id / 100))
        expect(new Set(language)).toEqual(new Set([(step * 4 + row) % 2 === 0 ? 1 : 2]))
      }
    }
  })

  it("reaches every place of a stream", () => {
    const seen = new Set(Array.from({ length: 60 }, (_, step) => [...batches(step).input.data.subarray(0, 3)].join()))
    expect(seen.size).toBe(5)
  })

  it("says which param is wrong when a language is unknown or too short", () => {
    const attempt = (locales: readonly string[], context: number) => () =>
      makeBatches(tokens, { locales, rows: 1, context, random: random("s") })
    expect(attempt(["xx"], 3)).toThrow(new NodeFailure("no language xx in the corpus, which has en, ru", { param: "locales" }))
    expect(attempt(["ru"], 4)).toThrow("ru has 4 tokens, fewer than a window of 5")
  })
})
