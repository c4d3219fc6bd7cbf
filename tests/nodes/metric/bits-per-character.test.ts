import { describe, expect, it } from "vitest"
import { ndarray } from "#src"
import { bitsPerCharacter } from "../../../nodes/metric/bits-per-character.ts"
import type { Scores } from "../../../nodes/port/scores.ts"
import { resultOf, runContext, streamOf } from "../dataset/run-context.ts"

interface Token {
  readonly probability: number
  readonly characters: number
  readonly locale: number
}

const scores = (locales: readonly string[], tokens: readonly Token[]): Scores => ({
  meta: { locales },
  tensors: {
    logp: ndarray("f32", [tokens.length], Float32Array.from(tokens, ({ probability }) => Math.log(probability))),
    characters: ndarray("i32", [tokens.length], Int32Array.from(tokens, ({ characters }) => characters)),
    document: ndarray("i32", [tokens.length], new Int32Array(tokens.length)),
    locale: ndarray("i32", [tokens.length], Int32Array.from(tokens, ({ locale }) => locale)),
  },
})
const measure = async (...given: readonly Scores[]) => (await resultOf(bitsPerCharacter.run({ scores: streamOf(given) }, {}, runContext()))).bits

// en: 1 + 3 bits for 2 + 2 characters. ru: 2 + 4 + 0 bits for 1 + 1 + 1.
const tokens: readonly Token[] = [
  { probability: 1 / 2, characters: 2, locale: 0 },
  { probability: 1 / 4, characters: 1, locale: 1 },
  { probability: 1 / 8, characters: 2, locale: 0 },
  { probability: 1 / 16, characters: 1, locale: 1 },
  { probability: 1, characters: 1, locale: 1 },
]

describe("bits per character", () => {
  it("are the bits of a language's tokens over its characters, and their mean over languages for the balanced mix", async () => {
    const { values, better } = await measure(scores(["en", "ru"], tokens))
    expect(values).toEqual({ en: expect.closeTo(1, 6), ru: expect.closeTo(2, 6), mix: expect.closeTo(1.5, 6) })
    expect(better).toBe("lower")
  })

  it("are the same to the last bit however the tokens are cut into chunks", async () => {
    const locales = ["en", "ru"]
    const whole = await measure(scores(locales, tokens))
    for (const at of [1, 2, 4]) expect(await measure(scores(locales, tokens.slice(0, at)), scores(locales, tokens.slice(at)))).toEqual(whole)
  })

  it("do not depend on how text is cut into tokens", async () => {
    const parts = scores(["en"], [{ probability: 1 / 4, characters: 1, locale: 0 }, { probability: 1 / 8, characters: 3, locale: 0 }])
    const whole = scores(["en"], [{ probability: 1 / 32, characters: 4, locale: 0 }])
    expect((await measure(parts)).values["en"]).toBeCloseTo((await measure(whole)).values["en"] as number, 6)
  })

  it("cannot be had without text or for an impossible token: the failure names the languages", async () => {
    const message = (of: string) => `no held-out characters, or an impossible token, in ${of}`
    await expect(async () => measure(scores(["en", "ru", "zh"], tokens))).rejects.toThrow(message("zh"))
    await expect(async () => measure(scores(["en", "ru"], []))).rejects.toThrow(message("en, ru"))
    const impossible = { probability: 0, characters: 1, locale: 1 }
    await expect(async () => measure(scores(["en", "ru"], [...tokens, impossible]))).rejects.toThrow(message("ru"))
    await expect(async () => measure(scores(["en"], [{ probability: 0.5, characters: 0, locale: 0 }]))).rejects.toThrow(message("en"))
  })
})
