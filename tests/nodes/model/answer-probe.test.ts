import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must, type Device } from "#src"
import { inductionProbe } from "../../../nodes/dataset/induction.ts"
import { answerProbe } from "../../../nodes/model/answer-probe.ts"
import { figuresOf } from "../../../nodes/port/observations.ts"
import { makeProbe, type Probe } from "../../../nodes/port/probe.ts"
import { anyDevice } from "../../support/any-device.ts"
import { resultOf, runContext } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { oneWindow } from "../one-window.ts"
import { tinyModel, tinySubstrate, tinyTokens, vocabulary } from "../tiny-models.ts"

const substrate = tinySubstrate()
const [a, b] = [tinyModel("a"), tinyModel("b")]

let device: Device
let probe: Probe
beforeAll(async () => {
  device = await anyDevice()
  // 21 sequences: a full run of 16, and one that is filled up.
  probe = (await resultOf(inductionProbe.run({ tokens: tinyTokens([200, 200]) }, { items: 21, length: 4, alphabet: 20, locale: "" }, runContext()))).probe
})
afterAll(() => device.close())

const answer = (models: readonly (typeof a)[], of = probe, rule: "logit-mean" | "probability-mean" = "logit-mean") =>
  resultOf(answerProbe.run({ models, substrate, probe: of }, { rule }, fakeContext(device).context))

/** The likeliest token at each place, by one program a sequence. */
const plainly = async (models: readonly (typeof a)[], of: Probe, mix: (rows: readonly Float32Array[]) => readonly number[]) => {
  const { shape, data } = must(of.tensors["ids"], "ids")
  const [n, length] = shape as [number, number]
  const found: number[][] = []
  for (let i = 0; i < n; i++) {
    const ids = [...data.subarray(i * length, (i + 1) * length)]
    const said = await Promise.all(models.map((m) => oneWindow(device, m, substrate, [of.meta.bos, ...ids.slice(0, -1)])))
    found.push(ids.map((_, at) => { const row = mix(said.map((rows) => rows[at]!)); return row.indexOf(Math.max(...row)) }))
  }
  return found
}

describe("answer-probe", () => {
  it("counts the places at which the likeliest token is the one that came, sequence by sequence", async () => {
    // A probe of what the model says anyway, and of one thing it does not say: every sequence has 0, 1 or 2 of 2 right.
    const said = await plainly([a], probe, ([row]) => [...row!])
    const ids = [...must(probe.tensors["ids"], "ids").data]
    const items = said.map((best, i) => {
      const own = ids.slice(i * 8, (i + 1) * 8)
      // The last token is read by nobody, so it can be made right or wrong at will.
      own[7] = i % 3 === 0 ? best[7]! : (best[7]! + 1) % vocabulary
      return { ids: own, scored: [3, 7] }
    })
    const asked = makeProbe({ ...probe.meta, title: "t", chance: 0.5 }, items)
    const want = items.map((item, i) => [3, 7].filter((at) => said[i]![at] === item.ids[at]).length)
    expect(new Set(want).size).toBeGreaterThan(1)
    const { metric, observations } = await answer([a], asked)
    expect(observations).toMatchObject({ sum: want, weight: want.map(() => 2), chance: 0.5, each: "items" })
    const right = want.reduce((sum, n) => sum + n, 0)
    expect(metric.values).toEqual({ accuracy: right / 42, whole: want.filter((n) => n === 2).length / 21, chance: 0.5, items: 21 })
    expect(figuresOf(observations)[0]).toBeCloseTo(right / 42, 12)
  })

  it("lets several models answer together, by the mean of logits or of probabilities", async () => {
    const softmax = (row: Float32Array) => { const e = [...row].map(Math.exp), z = e.reduce((s, x) => s + x, 0); return e.map((x) => x / z) }
    const mixes = {
      "logit-mean": ([x, y]: readonly Float32Array[]) => [...x!].map((l, k) => l + y![k]!),
      "probability-mean": (rows: readonly Float32Array[]) => { const [p, q] = rows.map(softmax); return p!.map((x, k) => x + q![k]!) },
    }
    for (const rule of ["logit-mean", "probability-mean"] as const) {
      const said = await plainly([a, b], probe, mixes[rule])
      const ids = [...must(probe.tensors["ids"], "ids").data]
      const right = said.map((best, i) => [5, 6, 7].filter((at) => best[at] === ids[i * 8 + at]).length)
      expect((await answer([a, b], probe, rule)).observations.sum, rule).toEqual(right)
    }
  })

  it("says what does not belong together, and closes what it opened", async () => {
    await expect(answer([tinyModel("short", { context: 4 })])).rejects.toThrow("the probe's sequences are 8 tokens long, the model was trained on 4")
    await expect(answer([a], { ...probe, meta: { ...probe.meta, vocabulary: 99 } })).rejects.toThrow("the probe is of a vocabulary of 99, the model knows 24")
    const fake = fakeContext(device)
    await resultOf(answerProbe.run({ models: [a], substrate, probe }, { rule: "logit-mean" }, fake.context))
    expect([fake.done, fake.open()]).toEqual([[16, 21], 0])
  })
})
