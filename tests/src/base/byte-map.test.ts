/** A map of bytes, against one of the language, and what it has given out. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { ByteMap } from "../../../src/base/byte-map.ts"

const names = ["a", "b", "c", "d", "e"]
const step = fc.record({
  op: fc.constantFrom("set", "delete"),
  key: fc.constantFrom(...names),
  /** Of nothing to more than a page. */
  length: fc.oneof(fc.nat(100), fc.constantFrom(0, 4096, 65_531, 65_532, 65_533, 70_000)),
  fill: fc.nat(255),
})

it("is a map, and what it gave keeps its content whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const found = new ByteMap()
      const map = new Map<string, Buffer>()
      const given: { readonly view: Uint8Array; readonly copy: Buffer }[] = []
      for (const { op, key, length, fill } of steps) {
        const bytes = Buffer.alloc(length, fill)
        if (op === "set") {
          map.set(key, Buffer.from(bytes))
          found.set(key, bytes)
          // Its memory may be used again.
          bytes.fill(0)
        } else expect(found.delete(key)).toBe(map.delete(key))
        const view = found.get(key)
        if (view !== undefined) given.push({ view, copy: Buffer.from(view) })
        expect([...found.keys()]).toEqual([...map.keys()])
      }
      for (const name of names) expect(Buffer.from(found.get(name) ?? "none").equals(map.get(name) ?? Buffer.from("none"))).toBe(true)
      expect([...found].map(([key, { length }]) => [key, length])).toEqual([...map].map(([key, { length }]) => [key, length]))
      for (const { view, copy } of given) expect(copy.equals(view)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

it("gives back the memory of what went", () => {
  const map = new ByteMap()
  for (let i = 0; i < 10_000; i++) {
    map.set("one", Buffer.alloc(1000, i))
    map.set(String(i), Buffer.alloc(1000, i))
    map.delete(String(i))
  }
  expect(map.get("one")).toEqual(new Uint8Array(Buffer.alloc(1000, 9_999)))
  expect(map.pages).toBeLessThan(6)
})
