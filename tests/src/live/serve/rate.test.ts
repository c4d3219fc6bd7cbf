/** How often a page may say something. SPEC L7. */
import { expect, it } from "vitest"
import { makeRate } from "../../../../src/live/serve/rate.ts"

it("L7: so many at once, and then so many a second, however long nothing was said", () => {
  let now = 0
  const rate = makeRate(600, 200, () => now)
  const allowed = (tries: number): number => Array.from({ length: tries }, () => rate.allows()).filter((may) => may).length
  expect(allowed(1000)).toBe(600)
  now += 1000
  expect(allowed(1000)).toBe(200)
  now += 500
  expect(allowed(1000)).toBe(100)
  now += 3_600_000
  expect(allowed(1000)).toBe(600)
})
