/** Maps of texts, against those of the language. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { hashBytes } from "../../../src/base/hash.ts"
import { TextMap } from "../../../src/base/text-map.ts"

const hashes = Array.from({ length: 200 }, (_, i) => hashBytes(String(i)))
/** Short ones, and such of one length that have the same number. */
const others = ["", "a", "q", "result:one", "result:two", ...Array.from({ length: 20 }, (_, i) => `${hashes[0]?.slice(0, 60)}z${String(i).padStart(3, "0")}`)]

const step = fc.oneof(
  fc.record({ op: fc.constantFrom("set", "delete"), key: fc.constantFrom(...hashes, ...others), value: fc.integer() }),
  // Many at once, so that room is made and what was removed goes.
  fc.record({ op: fc.constantFrom("set all", "delete all", "reserve"), key: fc.constant(""), value: fc.integer() }),
)

it("is a map, whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const found = new TextMap<number>()
      const map = new Map<string, number>()
      for (const { op, key, value } of steps) {
        if (op === "reserve") found.reserve(Math.abs(value) % 1_000)
        else for (const one of op.endsWith("all") ? hashes : [key]) {
          // Looked for first, as most of them are, or not.
          if (value % 2 === 0) expect(found.get(one)).toBe(map.get(one))
          if (op.startsWith("set")) {
            found.set(one, value)
            map.set(one, value)
          } else expect(found.delete(one)).toBe(map.delete(one))
          if (value % 3 === 0) expect(found.get(one)).toBe(map.get(one))
        }
        expect(found.size).toBe(map.size)
        expect([...found]).toEqual([...map])
        expect([...found.keys()]).toEqual([...map.keys()])
        expect([...found.values()]).toEqual([...map.values()])
      }
      for (const one of [...hashes, ...others]) expect([found.get(one), found.has(one)]).toEqual([map.get(one), map.has(one)])
    }),
  )
})
