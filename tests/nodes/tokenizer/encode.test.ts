import { describe, expect, it } from "vitest"
import fc from "fast-check"
import { encodeText } from "../../../nodes/tokenizer/encode.ts"
import type { Encoded } from "../../../nodes/tokenizer/encode-documents.ts"
import { ngramTokenizer } from "../../../nodes/tokenizer/ngram.ts"
import { shorten } from "../../../nodes/tokenizer/shorten.ts"
import { resultOf, runContext } from "../dataset/run-context.ts"

const document = (id: string, locale: string, text: string) => ({ id, locale, source: "test", text })
const text = {
  documents: [document("1", "ru", "да да"), document("1", "en", "no no no"), document("2", "en", "on ☃"), document("3", "en", "")],
}
const training = { documents: text.documents.slice(0, 2) }
const tokenizerOf = async () => (await resultOf(ngramTokenizer.run({ text: training }, { size: 40, minCount: 1 }, runContext()))).tokenizer

describe("node kind tokenizer/encode", () => {
  it("lays documents end to end with offsets, languages and characters", async () => {
    const tokenizer = await tokenizerOf()
    const { tokens } = await resultOf(encodeText.run({ tokenizer, text }, { limit: 0 }, runContext()))
    const data = (name: string) => [...(tokens.tensors[name]?.data ?? [])]
    const [ids, starts, locale, characters] = ["ids", "starts", "locale", "characters"].map(data)
    const vocab = (tokenizer as { model: { vocab: Record<string, number> } }).model.vocab
    const no = vocab["no"] ?? -1, da = vocab["да"] ?? -1, space = vocab[" "] ?? -1
    expect(ids).toEqual([da, space, da, no, space, no, space, no, vocab["o"], vocab["n"], space, 3])
    expect(starts).toEqual([0, 3, 8, 12])
    expect(tokens.meta).toMatchObject({ locales: ["en", "ru"], documents: ["1", "1", "2"], vocabulary: Object.keys(vocab).length, bos: 1 })
    expect(locale).toEqual([1, 0, 0])
    expect(characters).toEqual([2, 1, 2, 2, 1, 2, 1, 2, 1, 1, 1, 1])
    expect(tokens.meta.unknown).toBeCloseTo(1 / 17, 12)
  })

  it("refuses a tokenizer that is no BPE tokenizer.json, naming the port", async () => {
    const run = resultOf(encodeText.run({ tokenizer: { model: { type: "Unigram" } }, text }, { limit: 0 }, runContext()))
    await expect(run).rejects.toThrow(/port tokenizer: expected a tokenizer\.json with a BPE model/)
  })

  it("stops when it is aborted", async () => {
    const tokenizer = await tokenizerOf()
    const aborted = resultOf(encodeText.run({ tokenizer, text }, { limit: 0 }, runContext("x", AbortSignal.abort())))
    await expect(aborted).rejects.toThrow(/abort/i)
  })
})

describe("node kind tokenizer/ngram", () => {
  it("fails naming minCount when no code point is frequent enough", async () => {
    const run = async () => ngramTokenizer.run({ text: training }, { size: 40, minCount: 1000 }, runContext())
    await expect(run()).rejects.toMatchObject({ name: "NodeFailure", param: "minCount" })
  })
})

describe("shorten", () => {
  const encoded = (locale: string, length: number): Encoded =>
    ({ document: document("x", locale, ""), ids: Array.from({ length }, (_, i) => i) })

  it("cuts the long documents of a language to one length and leaves short ones whole", () => {
    const kept = shorten([encoded("en", 10), encoded("en", 2), encoded("en", 9), encoded("ru", 3)], 20)
    expect(kept.map(({ ids }) => ids.length)).toEqual([4, 2, 4, 3])
  })

  it("keeps at most an equal share of each language, and all of a language that has less", () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(lengths, lengths, fc.integer({ min: 2, max: 120 }), (en, ru, limit) => {
        const kept = shorten([...en.map((n) => encoded("en", n)), ...ru.map((n) => encoded("ru", n))], limit)
        for (const [locale, given] of [["en", en], ["ru", ru]] as const) {
          const share = Math.floor(limit / 2)
          const total = kept.filter((e) => e.document.locale === locale).reduce((sum, { ids }) => sum + ids.length, 0)
          const all = given.reduce((sum, n) => sum + n, 0)
          expect(total).toBeLessThanOrEqual(share)
          if (all <= share) expect(total).toBe(all)
          else expect(total).toBeGreaterThan(share - given.length)
        }
      }),
    )
  })
})
