import fc from "fast-check"
import { expect, it } from "vitest"
import { differencesOf, entriesOf, getIn, removeIn, setIn, trieOf, type Trie } from "../../../src/base/trie.ts"

// Texts of few letters, and pairs whose FNV-1a hashes are equal, so that keys meet everywhere in the trie.
const key = fc.oneof(fc.string({ unit: fc.constantFrom("a", "b", "/", "9"), maxLength: 4 }), fc.constantFrom("costarring", "liquid", "declinate", "macallums"))
const step = fc.oneof(fc.record({ type: fc.constant("set" as const), key, value: fc.nat(3) }), fc.record({ type: fc.constant("remove" as const), key, value: fc.constant(0) }))

const apply = (trie: Trie<number>, { type, key: at, value }: { type: "set" | "remove"; key: string; value: number }): Trie<number> =>
  type === "set" ? setIn(trie, at, value) : removeIn(trie, at)

const contents = (trie: Trie<number>): ReadonlyMap<string, number> => new Map(entriesOf(trie))

it("holds what a Map holds after the same steps, and every map before stays as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat(3))), fc.array(step, { maxLength: 40 }), (start, steps) => {
      const model = new Map(start)
      let trie = trieOf(start)
      const history: (readonly [Trie<number>, ReadonlyMap<string, number>])[] = []
      for (const one of steps) {
        history.push([trie, new Map(model)])
        if (one.type === "set") model.set(one.key, one.value)
        else model.delete(one.key)
        trie = apply(trie, one)
      }
      for (const [then, held] of [...history, [trie, model] as const]) {
        expect(contents(then)).toEqual(held)
        expect(then.size).toBe(held.size)
        for (const [at, value] of held) expect(getIn(then, at)).toBe(value)
      }
    }),
  )
})

it("tells exactly the differences between two maps, however they were made", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat(3))), fc.array(fc.tuple(key, fc.nat(3))), fc.array(step, { maxLength: 20 }), (one, other, steps) => {
      const before = trieOf(one)
      for (const after of [trieOf(other), steps.reduce(apply, before)]) {
        const [a, b] = [contents(before), contents(after)]
        const expected = [...new Set([...a.keys(), ...b.keys()])].filter((at) => a.get(at) !== b.get(at)).map((at) => ({ key: at, before: a.get(at), after: b.get(at) }))
        const byKey = (x: { key: string }, y: { key: string }): number => (x.key < y.key ? -1 : 1)
        expect([...differencesOf(before, after)].sort(byKey)).toEqual(expected.sort(byKey))
      }
    }),
  )
})

it("does not look at what two maps share", () => {
  let looks = 0
  const watched = Array.from({ length: 1000 }, (_, i): [string, number] => [`n${i}`, i])
  const before = trieOf(watched)
  const after = setIn(before, "n500", -1)
  const counting = <A>(trie: Trie<A>): Trie<A> => ({
    size: trie.size,
    root: new Proxy(trie.root as object, { get: (target, name) => (looks++, Reflect.get(target, name) as unknown) }) as never,
  })
  expect(differencesOf(counting(before), counting(after))).toEqual([{ key: "n500", before: 500, after: -1 }])
  expect(looks).toBeLessThan(200)
})
