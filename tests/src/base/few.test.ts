/** Small sets against those of the language. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { countOf, firstOf, isAmong, listOf, noFew, withOne, without, type Few } from "../../../src/base/few.ts"

it("is a set, in the order in which members came, however many there are", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ add: fc.boolean(), item: fc.nat(20) }), { maxLength: 60 }), (steps) => {
      let few: Few<number> = noFew
      const set = new Set<number>()
      for (const { add, item } of steps) {
        few = add ? withOne(few, item) : without(few, item)
        if (add) set.add(item)
        else set.delete(item)
        expect([...few]).toEqual([...set])
        expect([listOf(few), firstOf(few)]).toEqual([[...set], [...set][0]])
        expect([countOf(few), isAmong(few, item)]).toEqual([set.size, set.has(item)])
      }
      expect(noFew).toEqual([])
    }),
  )
})

it("lets who goes through it see every member, though members go meanwhile", () => {
  let few: Few<number> = [1, 2, 3]
  const seen: number[] = []
  for (const item of few) {
    seen.push(item)
    few = without(few, item)
  }
  expect([seen, countOf(few)]).toEqual([[1, 2, 3], 0])
})
