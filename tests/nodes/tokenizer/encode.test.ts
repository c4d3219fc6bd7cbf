import { describe, expect, it } from "vitest"
import fc from "fast-check"
import { encodeText } from "../../../nodes/tokenizer/encode.ts"
import type { Encoded } from "../../../nodes/tokenizer/encode-documents.ts"
import { ngramTokenizer } from "../../../nodes/tokenizer/ngram.ts"
import { shorten } from "../../../nodes/tokenizer/shorten.ts"
import { allOf, elementsOf, resultOf, runContext, streamOf } from "../dataset/run-context.ts"
import { tokens as tokensPort, type Tokens } from "../../../nodes/port/tokens.ts"

const document = (id: string, locale: string, text: string) => ({ id, locale, source: "test", text })
const text = {
  documents: [document("1", "ru", "да да"), document("1", "en", "no no no"), document("2", "en", "on ☃"), document("3", "en", "")],
}
const training = { documents: text.documents.slice(0, 2) }
const tokenizerOf = async () => (await resultOf(ngramTokenizer.run({ text: training }, { size: 40, minCount: 1 }, runContext()))).tokenizer

describe("node kind tokenizer/encode", () => {
  it("lays documents end to end with offsets, languages and characters", async () => {
    const tokenizer = await tokenizerOf()
    const { elements, values } = await allOf(encodeText.run({ tokenizer, text: streamOf([text]) }, { limit: 0 }, runContext()))
    const tokens = tokensPort.join(elements.tokens)
    const data = (name: string) => [...(tokens.tensors[name]?.data ?? [])]
    const [ids, starts, locale, characters] = ["ids", "starts", "locale", "characters"].map(data)
    const vocab = (tokenizer as { model: { vocab: Record<string, number> } }).model.vocab
    const no = vocab["no"] ?? -1, da = vocab["да"] ?? -1, space = vocab[" "] ?? -1
    expect(ids).toEqual([da, space, da, no, space, no, space, no, vocab["o"], vocab["n"], space, 3])
    expect(starts).toEqual([0, 3, 8, 12])
    expect(tokens.meta).toMatchObject({ locales: ["ru", "en"], documents: ["1", "1", "2"], vocabulary: Object.keys(vocab).length, bos: 1 })
    expect(locale).toEqual([0, 1, 1])
    expect(characters).toEqual([2, 1, 2, 2, 1, 2, 1, 2, 1, 1, 1, 1])
    expect(tokens.meta.unknown).toBeCloseTo(1 / 17, 12)
    expect(values.coverage.rows).toEqual([["en", 3, 9, 12, 1.33, 8.33], ["ru", 1, 3, 5, 1.67, 0]])
  })

  it("S5: gives tokens of each element of the text before it reads the next, the same in all however it is cut", async () => {
    const tokenizer = await tokenizerOf()
    const read: string[] = []
    const oneByOne = async function* () {
      for (const document of text.documents) {
        read.push(document.id)
        yield { documents: [document] }
      }
    }
    const run = encodeText.run({ tokenizer, text: oneByOne() }, { limit: 0 }, runContext())
    const first = await run.next()
    expect(read).toEqual(["1"])
    const rest = await elementsOf(run)
    const joined = tokensPort.join([...(first.done === true ? [] : [first.value.tokens as Tokens]), ...rest.tokens])
    const whole = (await elementsOf(encodeText.run({ tokenizer, text: streamOf([text]) }, { limit: 0 }, runContext()))).tokens
    expect(whole.length).toBe(1)
    expect(joined).toEqual(whole[0])
  })

  it("with a limit keeps what shorten keeps, in elements of the same documents", async () => {
    const tokenizer = await tokenizerOf()
    const cut = [text.documents.slice(0, 1), text.documents.slice(1)].map((documents) => ({ documents }))
    const { tokens } = await elementsOf(encodeText.run({ tokenizer, text: streamOf(cut) }, { limit: 6 }, runContext()))
    expect(tokens.map(({ meta }) => meta.documents)).toEqual([["1"], ["1", "2"]])
    expect(tokens.map(({ tensors }) => tensors["ids"]?.data.length)).toEqual([3, 2])
  })

  it("refuses a tokenizer that is no BPE tokenizer.json, naming the port", async () => {
    const run = elementsOf(encodeText.run({ tokenizer: { model: { type: "Unigram" } }, text: streamOf([text]) }, { limit: 0 }, runContext()))
    await expect(run).rejects.toThrow(/port tokenizer: expected a tokenizer\.json with a BPE model/)
  })

  it("stops when it is aborted", async () => {
    const tokenizer = await tokenizerOf()
    const aborted = elementsOf(encodeText.run({ tokenizer, text: streamOf([text]) }, { limit: 0 }, runContext("x", AbortSignal.abort())))
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
