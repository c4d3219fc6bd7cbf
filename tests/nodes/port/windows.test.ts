import { describe, expect, it } from "vitest"
import { ndarray } from "#src"
import { packWindows, windowGroups, windowsOf } from "../../../nodes/port/windows.ts"
import type { Tokens } from "../../../nodes/port/tokens.ts"
import { inElements } from "../tiny-models.ts"

const tokens: Tokens = {
  meta: { locales: ["en"], documents: ["a", "b"], vocabulary: 300, bos: 1, unknown: 0 },
  tensors: {
    ids: ndarray("i32", [7], Int32Array.of(10, 11, 12, 13, 14, 20, 21)),
    starts: ndarray("i32", [3], Int32Array.of(0, 5, 7)),
    locale: ndarray("i32", [2], Int32Array.of(0, 0)),
    characters: ndarray("i32", [7], new Int32Array(7).fill(1)),
  },
}

describe("windowsOf", () => {
  it("covers every token once and never crosses a document", () => {
    const windows = windowsOf(tokens, 3)
    expect(windows.map(({ ids, before, document }) => [[...ids], before, document])).toEqual([
      [[10, 11, 12], 1, 0],
      [[13, 14], 12, 0],
      [[20, 21], 1, 1],
    ])
  })
})

describe("windowGroups", () => {
  it("S5: makes the same groups of a text in one element and in several", async () => {
    const groups = async (documents: number) => {
      const found = []
      for await (const group of windowGroups(inElements(tokens, documents), 3, 2, () => undefined)) found.push(group.map(({ ids, before, document }) => [[...ids], before, document]))
      return found
    }
    expect((await groups(2)).map(({ length }) => length)).toEqual([2, 1])
    expect(await groups(1)).toEqual(await groups(2))
  })
})

describe("packWindows", () => {
  it("puts the token before each target in the same place of the input", () => {
    const { input, target } = packWindows(windowsOf(tokens, 3), 4, 3)
    expect([...input.data]).toEqual([1, 10, 11, 12, 13, 0, 1, 20, 0, 0, 0, 0])
    expect([...target.data]).toEqual([10, 11, 12, 13, 14, 0, 20, 21, 0, 0, 0, 0])
  })
})
