/** Suggestions for misspelt names. */
import { describe, expect, it } from "vitest"
import { closest, editDistance } from "../../../src/schema/closest.ts"

describe("closest", () => {
  it("counts insertions, deletions and substitutions", () => {
    expect([editDistance("kitten", "sitting"), editDistance("", "abc"), editDistance("same", "same")]).toEqual([3, 3, 0])
  })

  it("suggests a near name whatever its case, and nothing when all are far", () => {
    expect(closest("stpes", ["steps", "blocks"])).toBe("steps")
    expect(closest("STEPS", ["blocks", "steps"])).toBe("steps")
    expect(closest("temperature", ["steps", "blocks"])).toBeUndefined()
    expect(closest("anything", [])).toBeUndefined()
  })
})
