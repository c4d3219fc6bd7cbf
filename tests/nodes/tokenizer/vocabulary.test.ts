import { describe, expect, it } from "vitest"
import fc from "fast-check"
import { countNgrams } from "../../../nodes/tokenizer/count-ngrams.ts"
import { specialTokens } from "../../../nodes/tokenizer/special-tokens.ts"
import { buildVocabulary, splitsOf } from "../../../nodes/tokenizer/vocabulary.ts"

const texts = [
  { locale: "en", text: "the cat and the hat, then the bat" },
  { locale: "zh", text: "类型参数的类型。类型" },
]

describe("n-gram counts", () => {
  it("stay inside runs of letters of one script kind", () => {
    expect([...countNgrams(["ab1ab ab类型b"], 2)]).toEqual([["ab", 3], ["类型", 1]])
  })

  it("count by code points, not by UTF-16 units", () => {
    expect([...countNgrams(["𝒳𝒴"], 2)]).toEqual([["𝒳𝒴", 1]])
  })
})

describe("vocabulary", () => {
  it("begins with control tokens, then code points in Unicode order, then n-grams", () => {
    const { tokens, codePoints, ngrams } = buildVocabulary(texts, 40, 1)
    expect(tokens.slice(0, 4)).toEqual([...specialTokens])
    const points = tokens.slice(4, 4 + codePoints)
    expect(points).toEqual([...points].sort())
    expect(points).toHaveLength(new Set(texts.map(({ text }) => text).join("")).size)
    expect(tokens.slice(4 + codePoints).every((token) => [...token].length > 1)).toBe(true)
    expect(tokens).toHaveLength(4 + codePoints + ngrams)
  })

  it("takes n-grams in turn from each language and length, most frequent first", () => {
    const { tokens, codePoints } = buildVocabulary(texts, 100, 1)
    expect(tokens.slice(4 + codePoints, 8 + codePoints)).toEqual(["he", "类型", "the", "th"])
  })

  it("leaves out code points that are rarer than minCount", () => {
    const { tokens } = buildVocabulary(texts, 100, 2)
    expect(tokens).toContain("型")
    expect(tokens).not.toContain("参")
  })

  it("keeps the most frequent code points when size is too small for all", () => {
    expect(buildVocabulary([{ locale: "en", text: "aaabbc" }], 6, 1).tokens).toEqual([...specialTokens, "a", "b"])
  })

  it("has no token twice and none that no merge can reach", () => {
    const corpus = fc.array(fc.record({ locale: fc.constantFrom("a", "b"), text: fc.stringMatching(/^[abc ]{0,30}$/) }), { maxLength: 5 })
    fc.assert(
      fc.property(corpus, fc.integer({ min: 5, max: 40 }), (documents, size) => {
        const { tokens } = buildVocabulary(documents, size, 1)
        expect(new Set(tokens).size).toBe(tokens.length)
        expect(tokens.length).toBeLessThanOrEqual(size)
        tokens.slice(specialTokens.length).forEach((token, i) => {
          if (token.length > 1) expect(splitsOf(token, new Set(tokens.slice(0, i + specialTokens.length)))).not.toEqual([])
        })
      }),
    )
  })
})
