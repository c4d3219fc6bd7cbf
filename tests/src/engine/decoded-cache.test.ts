/** Decoded values kept within a budget. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { hashBytes } from "../../../src/base/hash.ts"
import { makeDecodedCache } from "../../../src/engine/decoded-cache.ts"

const hashOf = (n: number) => hashBytes(String(n))

it("gives what was put under a hash, of the type it was put as, or nothing, and holds no more than its budget", () => {
  const budget = 10_000_000
  const step = fc.record({ n: fc.nat(12), put: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const cache = makeDecodedCache(budget)
      const sizeOf = (n: number): number => (n + 1) * 900_000
      for (const { n, put } of steps) {
        if (put) {
          cache.put("number", hashOf(n), n, sizeOf(n))
          expect(cache.get("number", hashOf(n))).toBe(sizeOf(n) <= budget ? n : undefined)
        } else expect([n, undefined]).toContain(cache.get("number", hashOf(n)))
        expect(cache.get("text", hashOf(n))).toBeUndefined()
      }
      const held = Array.from({ length: 13 }, (_, n) => n).filter((n) => cache.get("number", hashOf(n)) !== undefined)
      expect(Math.max(0, ...held.map(sizeOf))).toBeLessThanOrEqual(budget)
    }),
  )
})

it("lets go first what was not read for the longest, and of the smallest values, too, keeps no more than a number", () => {
  const cache = makeDecodedCache(655_360)
  for (let n = 0; n < 40; n++) {
    cache.put("number", hashOf(n), n, 1)
    expect(cache.get("number", hashOf(0))).toBe(0)
  }
  const held = Array.from({ length: 40 }, (_, n) => n).filter((n) => cache.get("number", hashOf(n)) !== undefined)
  expect(held.length).toBeLessThanOrEqual(10)
  expect(held).toContain(39)
  expect(held).not.toContain(1)
})

it("counts a value that is put again once", () => {
  const cache = makeDecodedCache(10_000_000)
  cache.put("number", hashOf(0), 0, 4_000_000)
  for (let n = 0; n < 40; n++) cache.put("number", hashOf(1), 1, 500_000)
  expect(cache.get("number", hashOf(0))).toBe(0)
})
