import { describe, expect, it } from "vitest"
import fc from "fast-check"
import type { Document } from "../../../nodes/dataset/document.ts"
import { limitDocuments } from "../../../nodes/dataset/limit-documents.ts"
import { heldOutIds, splitDocuments } from "../../../nodes/dataset/split.ts"

const document = (source: string, name: string, locale: string, text: string): Document =>
  ({ id: `${source}/${name}`, locale, source, text })

const corpus = (texts: readonly string[]): readonly Document[] =>
  texts.flatMap((text, i) => ["en", "ru"].map((locale) => document(i % 3 === 0 ? "a" : "b", String(i), locale, text)))

const linesOf = (documents: readonly Document[]): readonly string[] =>
  documents.flatMap(({ locale, text }) => text.split("\n").map((line) => `${locale}:${line}`))

describe("held-out split", () => {
  it("holds a document out in every language or in none", () => {
    const { train, heldOut } = splitDocuments(corpus(Array.from({ length: 30 }, (_, i) => `text ${i}`)), 0.2)
    const trained = new Set(train.map(({ id }) => id))
    expect(heldOut.some(({ id }) => trained.has(id))).toBe(false)
    expect(heldOut.length).toBe(2 * new Set(heldOut.map(({ id }) => id)).size)
  })

  it("takes its share of every source", () => {
    const ids = heldOutIds(corpus(Array.from({ length: 30 }, (_, i) => `text ${i}`)), 0.2)
    expect([...ids].filter((id) => id.startsWith("a/"))).toHaveLength(2)
    expect([...ids].filter((id) => id.startsWith("b/"))).toHaveLength(4)
  })

  it("holds at least one document out of a source of two, none at fraction 0, and never all", () => {
    const two = corpus(["x", "y"]).map((d) => ({ ...d, source: "a" }))
    expect(heldOutIds(two, 0.1).size).toBe(1)
    expect(heldOutIds(two, 0).size).toBe(0)
    expect(heldOutIds(two.slice(0, 2), 0.5).size).toBe(0)
  })

  it("depends on ids alone, not on order or text", () => {
    const documents = corpus(Array.from({ length: 20 }, (_, i) => `text ${i}`))
    const other = [...documents].reverse().map((d) => ({ ...d, text: "other" }))
    expect([...heldOutIds(other, 0.3)].sort()).toEqual([...heldOutIds(documents, 0.3)].sort())
  })

  it("drops from the held-out text every paragraph the training text has, and counts them", () => {
    const documents = corpus(Array.from({ length: 12 }, (_, i) => `common\nown ${i}`))
    const { train, heldOut, dropped } = splitDocuments(documents, 0.25)
    expect(linesOf(train).filter((line) => line === "en:common")).toHaveLength(1)
    expect(linesOf(heldOut).some((line) => line.endsWith(":common"))).toBe(false)
    expect(dropped.heldOut).toBe(heldOut.length)
    expect(dropped.train).toBe(train.length - 2)
  })

  it("never leaves a paragraph in both parts, nor twice in one", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1, maxLength: 4 }).map((lines) => lines.join("\n"))
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), fc.double({ min: 0, max: 0.5, noNaN: true }), (texts, fraction) => {
        const { train, heldOut, dropped } = splitDocuments(corpus(texts), fraction)
        const lines = [...linesOf(train), ...linesOf(heldOut)]
        expect(new Set(lines).size).toBe(lines.length)
        expect(lines.length + dropped.train + dropped.heldOut).toBe(linesOf(corpus(texts)).length)
      }),
    )
  })
})

describe("limit", () => {
  it("keeps whole documents in their order, the same in every language, within the limit", () => {
    const documents = corpus(Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(10, ".")))
    const kept = limitDocuments(documents, 45)
    expect(kept).toHaveLength(8)
    expect(documents.filter((d) => kept.includes(d))).toEqual(kept)
    expect(kept.filter((d) => d.locale === "en").map((d) => d.id)).toEqual(kept.filter((d) => d.locale === "ru").map((d) => d.id))
  })

  it("keeps one document however small the limit, and everything at 0", () => {
    const documents = corpus(["long text", "longer text"])
    expect(new Set(limitDocuments(documents, 1).map((d) => d.id)).size).toBe(1)
    expect(limitDocuments(documents, 0)).toBe(documents)
  })
})
