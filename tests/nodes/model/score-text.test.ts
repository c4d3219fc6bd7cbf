import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must, ndarray, type Device } from "#src"
import { expertLogits } from "../../../nodes/model/expert-logits.ts"
import { scoreText } from "../../../nodes/model/score-text.ts"
import { logits } from "../../../nodes/port/logits.ts"
import { scores } from "../../../nodes/port/scores.ts"
import { anyDevice } from "../../support/any-device.ts"
import { elementsOf } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { logProbabilityOf, oneWindow } from "../one-window.ts"
import { inElements, tinyModel, tinySubstrate, tinyTokens, vocabulary } from "../tiny-models.ts"

// Shorter than a window of 8, just one, one token more, none at all, several; 11 windows, so two runs of 8 rows.
const lengths = [1, 8, 9, 0, 30, 17]
const tokens = tinyTokens(lengths)
const [ids, starts] = [[...(tokens.tensors["ids"]?.data ?? [])], tokens.tensors["starts"]?.data ?? []]
const inputs = { model: tinyModel("scored"), substrate: tinySubstrate() }

const score = async (given: Partial<typeof inputs> = {}, text = inElements(tokens)) =>
  scores.join((await elementsOf(scoreText.run({ ...inputs, ...given, tokens: text }, {}, fakeContext(device).context))).scores)

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

describe("score-text", () => {
  it("gives every token the log-probability that a program of its window alone gives it", async () => {
    const scored = await score()
    const want = new Map<number, number>()
    for (const [d, length] of lengths.entries()) {
      const document = ids.slice(starts[d], starts[d + 1])
      for (let from = 0; from < length; from += 8) {
        const targets = document.slice(from, from + 8)
        const before = from === 0 ? tokens.meta.bos : (document[from - 1] as number)
        const rows = await oneWindow(device, inputs.model, inputs.substrate, [before, ...targets.slice(0, -1)])
        rows.forEach((row, at) => want.set((starts[d] as number) + from + at, logProbabilityOf(row, targets[at] as number)))
      }
    }
    expect(want.size).toBe(ids.length)
    const logp = scored.tensors["logp"]
    expect(logp?.shape).toEqual([ids.length])
    want.forEach((x, token) => expect(logp?.data[token], `token ${token}`).toBeCloseTo(x, 4))
    expect(new Set(logp?.data).size).toBeGreaterThan(ids.length / 2)
  })

  it("says of each token which document and language it is from, and how many characters it stands for", async () => {
    const scored = await score()
    expect(scored.meta).toEqual({ locales: ["en", "ru"] })
    const of = (name: string) => [...(scored.tensors[name]?.data ?? [])]
    expect(of("document")).toEqual(lengths.flatMap((length, d) => Array.from({ length }, () => d)))
    expect(of("locale")).toEqual(lengths.flatMap((length, d) => Array.from({ length }, () => d % 2)))
    expect(of("characters")).toEqual(ids.map((id) => 1 + (id % 3)))
  })

  it("S5: gives the same numbers however the text is cut into elements", async () => {
    const whole = await score()
    for (const documents of [1, 2, 5]) expect(await score({}, inElements(tokens, documents))).toEqual(whole)
  })

  it("goes by the substrate that a model brings along, when it does", async () => {
    const matrix = must(inputs.substrate.tensors["matrix"], "matrix")
    const negated = ndarray("f32", matrix.shape, Float32Array.from(matrix.data, (x) => -x))
    const trained: typeof inputs.model = { ...inputs.model, tensors: { ...inputs.model.tensors, substrate: negated } }
    expect(await score({ model: trained })).toEqual(await score({ substrate: { ...inputs.substrate, tensors: { matrix: negated } } }))
    expect(await score({ model: trained })).not.toEqual(await score())
  })

  it("closes what it opened, also when it is aborted", async () => {
    const abort = new AbortController()
    const done = fakeContext(device)
    await elementsOf(scoreText.run({ ...inputs, tokens: inElements(tokens) }, {}, done.context))
    expect([done.done, done.open()]).toEqual([[8, 11], 0])
    const aborted = fakeContext(device, { signal: abort.signal, progress: () => abort.abort() })
    await expect(elementsOf(scoreText.run({ ...inputs, tokens: inElements(tokens) }, {}, aborted.context))).rejects.toThrow("aborted")
    expect([aborted.done, aborted.open()]).toEqual([[8], 0])
  })

  it("says what does not belong together", async () => {
    const narrow = tinySubstrate({ columns: 8 })
    await expect(score({ substrate: narrow })).rejects.toThrow("the substrate is [24, 8], the model was trained on one of [24, 16]")
    const foreign = { ...tokens, meta: { ...tokens.meta, vocabulary: 99 } }
    await expect(score({}, inElements(foreign))).rejects.toThrow("the tokens come from a vocabulary of 99, the model knows 24")
  })
})

describe("expert-logits", () => {
  it("gives logits that agree with its log-probabilities, and those of score-text", async () => {
    const given = await elementsOf(expertLogits.run({ ...inputs, tokens: inElements(tokens, 2) }, {}, fakeContext(device).context))
    const [said, scored] = [logits.join(given.logits), scores.join(given.scores)]
    const plain = (await score()).tensors["logp"]
    const all = said.tensors["logits"]
    expect(all?.shape).toEqual([ids.length, vocabulary])
    expect([...(said.tensors["target"]?.data ?? [])]).toEqual(ids)
    expect(said.tensors["logp"]).toEqual(scored.tensors["logp"])
    ids.forEach((id, token) => {
      const row = all?.data.subarray(token * vocabulary, (token + 1) * vocabulary) ?? []
      expect(scored.tensors["logp"]?.data[token], `token ${token}`).toBeCloseTo(logProbabilityOf(row, id), 5)
      expect(scored.tensors["logp"]?.data[token], `token ${token}`).toBeCloseTo(plain?.data[token] as number, 5)
    })
  })
})
