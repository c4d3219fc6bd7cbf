import { describe, expect, it } from "vitest"
import { interval } from "../../../nodes/metric/interval.ts"

describe("interval", () => {
  it("is Student's: 1, 2, 3 is 2 +- 4.303 / sqrt 3", () => {
    expect(interval([1, 2, 3])).toEqual({ mean: 2, half: expect.closeTo(4.303 / Math.sqrt(3), 6) as number })
    expect(interval([5])).toEqual({ mean: 5, half: Infinity })
  })
})
