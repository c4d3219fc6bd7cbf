import { describe, expect, it } from "vitest"
import { must } from "#src"
import { inductionProbe } from "../../../nodes/dataset/induction.ts"
import { keyValueProbe } from "../../../nodes/dataset/key-value.ts"
import type { Probe } from "../../../nodes/port/probe.ts"
import { tinyTokens, vocabulary } from "../tiny-models.ts"
import { resultOf, runContext } from "./run-context.ts"

// English tokens are 4 to 13, Russian ones 14 to 23.
const tokens = tinyTokens([200, 200, 200, 200])
const itemsOf = ({ tensors }: Probe) => {
  const [ids, scored] = [must(tensors["ids"], "ids"), must(tensors["scored"], "scored")]
  const [n, length] = ids.shape as [number, number]
  return Array.from({ length: n }, (_, i) => ({ ids: [...ids.data.slice(i * length, (i + 1) * length)], scored: [...scored.data.slice(i * length, (i + 1) * length)].flatMap((s, place) => (s === 1 ? [place] : [])) }))
}

describe("induction", () => {
  const make = async (params: Partial<Parameters<typeof inductionProbe.run>[1]> = {}, seed?: string) =>
    (await resultOf(inductionProbe.run({ tokens }, { items: 300, length: 8, alphabet: 20, locale: "", ...params }, runContext(seed)))).probe

  it("repeats a string of different tokens and asks for all of the repetition but its first", async () => {
    const probe = await make()
    expect(probe.meta).toEqual({ title: "Induction", chance: 1 / 8, vocabulary, bos: 1 })
    const items = itemsOf(probe)
    expect(items.length).toBe(300)
    for (const { ids, scored } of items) {
      expect(ids.slice(8)).toEqual(ids.slice(0, 8))
      expect(new Set(ids).size).toBe(8)
      expect(scored).toEqual([9, 10, 11, 12, 13, 14, 15])
    }
  })

  it("draws every token of the alphabet about as often at every place: order tells nothing", async () => {
    const items = itemsOf(await make({ items: 4000 }))
    for (const place of [0, 3, 7]) {
      const counts = new Map<number, number>()
      for (const { ids } of items) counts.set(ids[place]!, (counts.get(ids[place]!) ?? 0) + 1)
      expect(counts.size).toBe(20)
      // 200 each, standard deviation 13.8.
      for (const n of counts.values()) expect(Math.abs(n - 200)).toBeLessThan(70)
    }
  })

  it("depends on the seed, keeps to a language, and says what cannot be", async () => {
    expect(await make()).toEqual(await make())
    expect(await make({}, "another")).not.toEqual(await make())
    for (const { ids } of itemsOf(await make({ locale: "ru", alphabet: 10 }))) expect(Math.min(...ids)).toBeGreaterThanOrEqual(14)
    await expect(async () => make({ locale: "zh" })).rejects.toThrow("there is no text in zh; the languages are en, ru")
    await expect(async () => make({ alphabet: 21 })).rejects.toThrow("the text has 20 different tokens, fewer than 21")
    await expect(async () => make({ length: 21 })).rejects.toThrow("a string of 21 different tokens cannot be made of 20")
  })
})

describe("key-value recall", () => {
  const make = async (params: Partial<Parameters<typeof keyValueProbe.run>[1]> = {}) =>
    (await resultOf(keyValueProbe.run({ tokens }, { items: 300, pairs: 3, filler: 2, alphabet: 20, locale: "", ...params }, runContext()))).probe

  it("asks at the end for what stood behind a key that comes once before, in text that has none of the pairs' tokens", async () => {
    const probe = await make()
    expect([probe.meta.chance, probe.meta.title]).toEqual([1 / 3, "Key-value recall"])
    const asked = new Set<number>()
    for (const { ids, scored } of itemsOf(probe)) {
      expect([ids.length, scored]).toEqual([16, [15]])
      const pairs = [2, 6, 10].map((at) => [ids[at]!, ids[at + 1]!] as const)
      expect(new Set(pairs.flat()).size).toBe(6)
      const texts = ids.filter((_, at) => ![2, 3, 6, 7, 10, 11, 14, 15].includes(at))
      for (const id of texts) expect(pairs.flat()).not.toContain(id)
      const which = pairs.findIndex(([key]) => key === ids[14])
      asked.add(which)
      expect(ids[15]).toBe(pairs[which]![1])
    }
    expect(asked).toEqual(new Set([0, 1, 2]))
  })

  it("says what cannot be", async () => {
    await expect(async () => make({ filler: 300 })).rejects.toThrow("no document has 300 tokens")
    await expect(async () => make({ pairs: 10 })).rejects.toThrow(/only \d+ tokens are left for 10 keys and values/)
  })
})
