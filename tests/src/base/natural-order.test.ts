import fc from "fast-check"
import { expect, test } from "vitest"
import { byNaturalOrder } from "../../../src/base/natural-order.ts"

test("numbers in names are ordered by their value", () => {
  const names = ["block/10/up", "block/2/up", "block/2/down", "block/02/up", "head", "block", "10", "9"]
  expect(names.sort(byNaturalOrder)).toEqual(["9", "10", "block", "block/2/down", "block/02/up", "block/2/up", "block/10/up", "head"])
})

test("it is an order: equal only to itself, the same from both sides, and transitive", () => {
  const name = fc.array(fc.constantFrom("a", "b", "/", "1", "0", "12", "2"), { maxLength: 5 }).map((parts) => parts.join(""))
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(byNaturalOrder(a, b) === 0).toBe(a === b)
      expect(Math.sign(byNaturalOrder(a, b))).toBe(-Math.sign(byNaturalOrder(b, a)) + 0)
      if (byNaturalOrder(a, b) <= 0 && byNaturalOrder(b, c) <= 0) expect(byNaturalOrder(a, c)).toBeLessThanOrEqual(0)
    }),
  )
})
