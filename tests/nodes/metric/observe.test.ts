import { describe, expect, it } from "vitest"
import { ndarray } from "#src"
import { bitsPerCharacter } from "../../../nodes/metric/bits-per-character.ts"
import { documentBits, observe } from "../../../nodes/metric/observe.ts"
import { figuresOf, meanOf } from "../../../nodes/port/observations.ts"
import type { Scores } from "../../../nodes/port/scores.ts"
import { resultOf, runContext, streamOf } from "../dataset/run-context.ts"

/** Documents of 3, 1 and 2 tokens. */
const [document, locale] = [[0, 0, 0, 1, 2, 2], [0, 0, 0, 1, 1, 1]]
const rows = (from: number, to: number): Scores => {
  const column = (of: readonly number[]) => ndarray("i32", [to - from], Int32Array.from(of.slice(from, to)))
  const logp = Float32Array.from([1, 2, 3, 4, 5, 6].slice(from, to), (bits) => -bits * Math.LN2)
  return { meta: { locales: ["en", "ru"] }, tensors: { logp: ndarray("f32", [to - from], logp), characters: column([1, 2, 1, 2, 3, 1]), document: column(document), locale: column(locale) } }
}
const bits = async (shortest: number, ...given: readonly Scores[]) => (await resultOf(documentBits.run({ scores: streamOf(given) }, { shortest }, runContext()))).observations

describe("document-bits", () => {
  it("gives each document its bits and characters, however the tokens are cut, and agrees with bits per character", async () => {
    const whole = await bits(0, rows(0, 6))
    expect(whole).toMatchObject({ groups: ["en", "ru"], group: [0, 1, 1], weight: [4, 2, 4], each: "documents", chance: null })
    whole.sum.forEach((x, d) => expect(x).toBeCloseTo([6, 4, 11][d]!, 5))
    expect(await bits(0, rows(0, 2), rows(2, 5), rows(5, 6))).toEqual(whole)
    const { values } = (await resultOf(bitsPerCharacter.run({ scores: streamOf([rows(0, 6)]) }, {}, runContext()))).bits
    expect([...figuresOf(whole), meanOf(figuresOf(whole))]).toEqual([values["en"], values["ru"], values["mix"]].map((x) => expect.closeTo(x!, 12)))
  })

  it("leaves out documents that are too short, and says when a language has none left", async () => {
    expect((await bits(2, rows(0, 6))).group).toEqual([0, 1])
    await expect(async () => bits(3, rows(0, 6))).rejects.toThrow("no document of 3 tokens or more in ru")
  })
})

describe("observe", () => {
  const metric = { title: "Memory", unit: "bytes", better: "lower" as const, values: { peak: 7 } }
  it("is one figure of one run", async () => {
    const { observations } = await resultOf(observe.run({ metric }, { figure: "peak" }, runContext()))
    expect([figuresOf(observations), observations.unit, observations.each]).toEqual([[7], "bytes", "runs"])
    await expect(async () => observe.run({ metric }, { figure: "low" }, runContext())).rejects.toThrow("the metric has no value low; it has peak")
  })
})
