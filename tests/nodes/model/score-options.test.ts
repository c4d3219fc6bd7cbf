import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must, type Device } from "#src"
import { scoreOptions } from "../../../nodes/model/score-options.ts"
import { figuresOf, meanOf } from "../../../nodes/port/observations.ts"
import type { Options } from "../../../nodes/port/options.ts"
import type { Question } from "../../../nodes/port/questions.ts"
import { ngramTokenizer } from "../../../nodes/tokenizer/ngram.ts"
import { encodeQuestions } from "../../../nodes/tokenizer/encode-questions.ts"
import { anyDevice } from "../../support/any-device.ts"
import { resultOf, runContext } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { logProbabilityOf, oneWindow } from "../one-window.ts"
import { tinyModel, tinySubstrate, vocabulary } from "../tiny-models.ts"

const letters = "abcdefghij "
const substrate = tinySubstrate()
const model = tinyModel("asked")

const question = (id: number, subject: string, prompt: string, ...options: readonly string[]): Question => ({ id: `q${id}`, subject, prompt, options, answer: id % options.length })
// Options of different lengths, prompts longer than the window of 8, 2 to 4 options: 21 sequences.
const asked: readonly Question[] = [
  question(0, "x", "abc ", "d", "efghi"), question(1, "x", "jihgfedcba ", "a", "b", "cd", "ab"), question(2, "y", "", "jj", "ii", "h"),
  question(3, "y", "ba ", "dada", "c", "bead", "gig"), question(4, "y", "fee ", "hid", "h", "a b", "jab"), question(5, "x", "deaf ", "j", "f g h i", "d", "e"),
]

let device: Device
let options: Options
beforeAll(async () => {
  device = await anyDevice()
  const documents = { documents: [{ id: "d", locale: "en", source: "s", text: letters.repeat(3) }] }
  const { tokenizer } = await resultOf(ngramTokenizer.run({ text: documents }, { size: vocabulary, minCount: 1 }, runContext()))
  options = (await resultOf(encodeQuestions.run({ tokenizer, questions: { title: "Made up", questions: asked } }, {}, runContext()))).options
})
afterAll(() => device.close())

const answer = (by: "option" | "character", rule: "logit-mean" | "probability-mean" = "logit-mean", models = [model]) =>
  resultOf(scoreOptions.run({ models, substrate, options }, { rule, by }, fakeContext(device).context))

/** Which questions are answered right, by one program a sequence; `normalise`: per character. */
const plainly = async (normalise: boolean): Promise<readonly number[]> => {
  const column = (name: string) => [...must(options.tensors[name], name).data]
  const [ids, starts, prompt, of] = [column("ids"), column("starts"), column("prompt"), column("question")]
  const scores: number[][] = asked.map(() => [])
  for (let s = 0; s < of.length; s++) {
    const sequence = ids.slice(starts[s], starts[s + 1])
    const begin = Math.max(0, sequence.length - 8)
    const read = [begin === 0 ? 1 : sequence[begin - 1]!, ...sequence.slice(begin, -1)]
    const rows = await oneWindow(device, model, substrate, read)
    const sum = rows.reduce((total, row, k) => total + (begin + k >= prompt[s]! ? logProbabilityOf(row, sequence[begin + k]!) : 0), 0)
    scores[of[s]!]!.push(normalise ? sum / [...asked[of[s]!]!.options[scores[of[s]!]!.length]!].length : sum)
  }
  return scores.map((own, q) => (own.indexOf(Math.max(...own)) === asked[q]!.answer ? 1 : 0))
}

describe("score-options", () => {
  it("answers with the likeliest option, whole or per character, whatever its length and place", async () => {
    const [whole, each] = [await plainly(false), await plainly(true)]
    const { metric, observations } = await answer("option")
    expect(observations.sum).toEqual(whole)
    expect((await answer("character")).observations.sum).toEqual(each)
    expect(meanOf(figuresOf(observations))).toBeCloseTo(metric.values["whole option"]!, 12)
    expect(observations).toMatchObject({ groups: ["x", "y"], group: [0, 0, 1, 1, 1, 0], each: "questions" })
  })

  it("carries the chance level of its questions beside every accuracy, as the mean over subjects", async () => {
    // x: 1/2, 1/4, 1/4. y: 1/3, 1/4, 1/4.
    const chance = (1 / 3 + (1 / 3 + 1 / 2) / 3) / 2
    const { metric, observations } = await answer("character")
    expect(metric.values["chance"]).toBeCloseTo(chance, 12)
    expect(observations.chance).toBeCloseTo(chance, 12)
    expect(Object.keys(metric.values)).toEqual(["whole option", "per character", "chance", "questions"])
  })

  it("lets several models answer together: one model twice says what it says alone", async () => {
    for (const rule of ["logit-mean", "probability-mean"] as const) expect((await answer("option", rule, [model, model])).observations).toEqual((await answer("option")).observations)
  })

  it("says when questions are of another vocabulary", async () => {
    const foreign = { ...options, meta: { ...options.meta, vocabulary: 99 } }
    await expect(resultOf(scoreOptions.run({ models: [model], substrate, options: foreign }, { rule: "logit-mean", by: "option" }, fakeContext(device).context))).rejects.toThrow("the questions are of a vocabulary of 99, the model knows 24")
  })
})
