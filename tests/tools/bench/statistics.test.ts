import { describe, expect, it } from "vitest"
import { lossDistance, median, ratioOf } from "../../../tools/bench/statistics.ts"

describe("statistics of a benchmark", () => {
  it("takes the middle value, or the mean of the two in the middle", () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([10, 9])).toBe(9.5)
  })

  it("compares round by round, so a round in which everybody is slow does not count for either side", () => {
    expect(ratioOf([10, 100, 10], [20, 200, 50])).toEqual({ median: 2, min: 2, max: 5 })
  })

  it("measures how far losses are apart, relative to their size", () => {
    expect(lossDistance([2, 4.4], [2, 4])).toBeCloseTo(0.1, 12)
    expect(lossDistance([1, 2], [1, 2])).toBe(0)
  })

  it("calls missing and non-finite losses infinitely far apart", () => {
    expect(lossDistance([1, 2], [1])).toBe(Infinity)
    expect(lossDistance([1, NaN], [1, 2])).toBe(Infinity)
    expect(lossDistance([1, 2], [1, NaN])).toBe(Infinity)
  })
})
