import { beforeAll, describe, expect, it } from "vitest"
import { Tokenizer } from "@huggingface/tokenizers"
import * as E from "fp-ts/lib/Either.js"
import fc from "fast-check"
import { hashBytes } from "#src"
import { readNpmCorpus } from "../../../nodes/dataset/npm-corpus.ts"
import { splitDocuments, type Split } from "../../../nodes/dataset/split.ts"
import { tokenizer as tokenizerPort } from "../../../nodes/port/tokenizer.ts"
import { makeCodec, type Codec } from "../../../nodes/tokenizer/codec.ts"
import { unknownId } from "../../../nodes/tokenizer/special-tokens.ts"
import { tokenizerCodec, tokenizerJson, tokensOf, type TokenizerJson } from "../../../nodes/tokenizer/tokenizer-json.ts"
import { buildVocabulary } from "../../../nodes/tokenizer/vocabulary.ts"

describe("tokenizer.json on real text", () => {
  let text: Split
  let json: TokenizerJson
  let codec: Codec
  beforeAll(async () => {
    const read = await readNpmCorpus()
    if (E.isLeft(read)) throw new Error(read.left.expected)
    text = splitDocuments(read.right, 0.1)
    json = tokenizerJson(buildVocabulary(text.train, 1024, 2))
    codec = makeCodec(json)
  })

  for (const locale of ["en", "ru", "zh"]) {
    it(`gives every ${locale} training text of known code points back, character for character`, () => {
      const known = new Set(tokensOf(json))
      const documents = text.train.filter((d) => d.locale === locale && [...d.text].every((c) => known.has(c)))
      expect(documents.length).toBeGreaterThan(80)
      for (const document of documents) expect(codec.decode(codec.encode(document.text))).toBe(document.text)
    })

    it(`knows over 99 % of the held-out code points of ${locale}, and covers each with one token`, () => {
      let [all, unknown, tokens] = [0, 0, 0]
      for (const document of text.heldOut.filter((d) => d.locale === locale)) {
        const ids = codec.encode(document.text)
        const covered = ids.reduce((sum, id) => sum + codec.characters[id]!, 0)
        expect(covered).toBe([...document.text].length)
        all += covered
        tokens += ids.length
        unknown += ids.filter((id) => id === unknownId).length
      }
      expect(unknown / all).toBeLessThan(0.01)
      expect(all / tokens).toBeGreaterThan(1.05)
    })
  }

  it("loads in @huggingface/tokenizers as it stands, after a round trip through the port", () => {
    const bytes = Buffer.concat(tokenizerPort.encode(json))
    const decoded = tokenizerPort.decode(bytes)
    if (E.isLeft(decoded)) throw new Error(decoded.left)
    expect(tokenizerCodec.is(decoded.right)).toBe(true)
    const tokenizer = new Tokenizer(decoded.right, { clean_up_tokenization_spaces: false })
    const sample = "Тип {0} не может be null: 类型 ☃."
    const ids = tokenizer.encode(sample).ids
    expect(ids).toEqual(codec.encode(sample))
    expect(tokenizer.decode(ids)).toBe(sample.replace("☃", "<unk>"))
    expect(tokenizer.decode([1, ...ids, 2], { skip_special_tokens: true })).toBe(sample.replace("☃", ""))
  })

  it("splits off words only to go faster: without it the same ids come out", () => {
    const whole = new Tokenizer({ ...json, added_tokens: [], pre_tokenizer: null }, { clean_up_tokenization_spaces: false })
    for (const { text: sample } of text.heldOut.slice(0, 6)) expect(whole.encode(sample).ids).toEqual(codec.encode(sample))
  })

  it("is the same in every byte when it is built again", () => {
    const again = tokenizerJson(buildVocabulary(text.train, 1024, 2))
    expect(hashBytes(Buffer.concat(tokenizerPort.encode(again)))).toBe(hashBytes(Buffer.concat(tokenizerPort.encode(json))))
  })
})

describe("tokenizer.json on any text", () => {
  const codec = makeCodec(tokenizerJson(buildVocabulary([{ locale: "en", text: "aab abc bca <s>/unk> \n" }], 60, 1)))

  it("round-trips every text of known code points", () => {
    fc.assert(fc.property(fc.stringMatching(/^[abc <>/sunk\n]*$/), (text) => codec.decode(codec.encode(text)) === text))
  })

  it("never reads a control token out of text", () => {
    expect(codec.encode("<s>").every((id) => id > unknownId)).toBe(true)
    expect(codec.encode("</s><unk>").every((id) => id > unknownId)).toBe(true)
  })

  it("makes one unknown token of each unknown code point, astral ones too", () => {
    expect(codec.encode("☃😀")).toEqual([unknownId, unknownId])
    expect(codec.encode("")).toEqual([])
  })
})
