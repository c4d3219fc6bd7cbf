/** Sets of members that know their place, against those of the language. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { makeListedSet, type Listed } from "../../../src/base/listed.ts"

it("is a set, whoever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ add: fc.boolean(), at: fc.nat(8), looks: fc.boolean() }), { maxLength: 60 }), (steps) => {
      const items: readonly Listed[] = Array.from({ length: 9 }, () => ({ listedAt: -1 }))
      const listed = makeListedSet<Listed>()
      const set = new Set<Listed>()
      for (const { add, at, looks } of steps) {
        const item = items[at] as Listed
        for (const one of [listed, set]) {
          if (add) one.add(item)
          else one.delete(item)
        }
        if (looks) expect([...listed]).toEqual([...set])
        for (const one of items) expect(one.listedAt >= 0).toBe(set.has(one))
      }
      expect([...listed]).toEqual([...set])
    }),
  )
})
