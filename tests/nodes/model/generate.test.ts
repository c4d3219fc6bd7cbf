import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Device, ParamValues } from "#src"
import { generate } from "../../../nodes/model/generate.ts"
import type { Model } from "../../../nodes/port/model.ts"
import type { Tokens } from "../../../nodes/port/tokens.ts"
import { anyDevice } from "../../support/any-device.ts"
import { resultOf } from "../dataset/run-context.ts"
import { fakeContext, type FakeContext } from "../fake-context.ts"
import { oneWindow } from "../one-window.ts"
import { tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"

const substrate = tinySubstrate()
const [a, b] = [tinyModel("a"), tinyModel("b")]
// A prompt shorter than the window of 8, one longer than it, and none at all.
const prompts = tinyTokens([3, 11, 0])
const greedy: ParamValues<typeof generate.params> = { length: 14, temperature: 0, top: 0, rule: "logit-mean", weight: 0.5 }

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const documentsOf = ({ meta, tensors }: Tokens): readonly (readonly number[])[] => {
  const [ids, starts] = [tensors["ids"]?.data ?? [], tensors["starts"]?.data ?? []]
  return meta.documents.map((_, d) => Array.from(ids).slice(starts[d], starts[d + 1]))
}
const promptIds = documentsOf(prompts)

const run = async (models: readonly Model[], params: Partial<typeof greedy> = {}, fake: FakeContext = fakeContext(device)): Promise<Tokens> =>
  (await resultOf(generate.run({ models, substrate, prompts }, { ...greedy, ...params }, fake.context))).tokens
const write = async (...given: Parameters<typeof run>) => documentsOf(await run(...given))

/** The likeliest continuation, each token by a program of the last `window` tokens alone. */
const byHand = async (models: readonly Model[], weights: readonly number[], prompt: readonly number[], length: number, window = 8) => {
  const last = async (model: Model, ids: readonly number[]) => (await oneWindow(device, model, substrate, ids)).at(-1) ?? new Float32Array()
  const sequence = [prompts.meta.bos, ...prompt]
  for (let step = 0; step < length; step++) {
    const rows = await Promise.all(models.map((model) => last(model, sequence.slice(-window))))
    const mixed = Array.from(rows[0] ?? [], (_, id) => rows.reduce((sum, row, j) => sum + (weights[j] as number) * (row[id] as number), 0))
    sequence.push(mixed.indexOf(Math.max(...mixed)))
  }
  return sequence.slice(1 + prompt.length)
}

const logSoftmax = (row: Float32Array): readonly number[] => {
  const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))
  return Array.from(row, (x) => x - total)
}

/** The likeliest continuation of a mixture; for the posterior, each weight times what its model gave the tokens of the window. */
const mixedByHand = async (
  models: readonly Model[],
  weights: readonly number[],
  prompt: readonly number[],
  length: number,
  rule: "probability-mean" | "posterior",
) => {
  const sequence = [prompts.meta.bos, ...prompt]
  for (let step = 0; step < length; step++) {
    const window = sequence.slice(-8)
    const rows = await Promise.all(models.map(async (model) => (await oneWindow(device, model, substrate, window)).map(logSoftmax)))
    const evidence = rows.map((of) => window.slice(1).reduce((sum, id, t) => sum + (of[t]?.[id] ?? NaN), 0))
    const share = weights.map((w, j) => w * Math.exp(rule === "posterior" ? (evidence[j] as number) : 0))
    const mixed = Array.from(rows[0]?.at(-1) ?? [], (_, id) => share.reduce((sum, w, j) => sum + w * Math.exp(rows[j]?.at(-1)?.[id] ?? NaN), 0))
    sequence.push(mixed.indexOf(Math.max(...mixed)))
  }
  return sequence.slice(1 + prompt.length)
}

describe("generate", () => {
  it("takes the likeliest token after the last window at temperature 0, far past one window", async () => {
    const written = await write([a])
    for (const [d, prompt] of promptIds.entries()) expect(written[d]).toEqual(await byHand([a], [1], prompt, 14))
    expect(new Set(written.flat()).size).toBeGreaterThan(3)
  })

  it("mixes the logits of several models by weight", async () => {
    const mixed = await write([a, b], { weight: 0.3, length: 6 })
    for (const [d, prompt] of promptIds.entries()) expect(mixed[d]).toEqual(await byHand([a, b], [0.3, 0.7], prompt, 6))
    expect(await write([a, b], { weight: 1 })).toEqual(await write([a]))
    expect(await write([a, b], { weight: 0 })).toEqual(await write([b]))
    const c = tinyModel("c")
    const rest = await Promise.all(promptIds.map((prompt) => byHand([b, c], [0.5, 0.5], prompt, 3)))
    expect(await write([a, b, c], { weight: 0, length: 3 })).toEqual(rest)
  })

  it("mixes probabilities by fixed weights, or by the posterior after the window so far", async () => {
    for (const rule of ["probability-mean", "posterior"] as const) {
      const mixed = await write([a, b], { rule, weight: 0.3, length: 6 })
      for (const [d, prompt] of promptIds.entries()) expect(mixed[d], rule).toEqual(await mixedByHand([a, b], [0.3, 0.7], prompt, 6, rule))
      expect(await write([a, b], { rule, weight: 1 })).toEqual(await write([a]))
      expect(await write([a, b], { rule, weight: 0 })).toEqual(await write([b]))
    }
  })

  it("looks back no further than the shortest window of its models", async () => {
    const long = { ...b, meta: { ...b.meta, context: 12 } }
    expect(await write([a, long])).toEqual(await write([a, b]))
    expect((await write([long]))[1]).toEqual(await byHand([b], [1], promptIds[1] ?? [], 14, 12))
  })

  it("draws by the seed alone when it draws", async () => {
    const warm = (seed: string, length = 14) => write([a], { temperature: 1.5, length }, fakeContext(device, { seed }))
    const [first, again, other, short] = [await warm("one"), await warm("one"), await warm("two"), await warm("one", 5)]
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
    expect(short).toEqual(first.map((ids) => ids.slice(0, 5)))
    expect(await write([a], { temperature: 1.5, top: 1 })).toEqual(await write([a]))
  })

  it("gives back continuations alone, a document a prompt", async () => {
    const { meta, tensors } = await run([a], { length: 4 })
    expect(meta).toEqual({ ...prompts.meta, unknown: 0 })
    expect([...(tensors["starts"]?.data ?? [])]).toEqual([0, 4, 8, 12])
    expect(tensors["locale"]).toEqual(prompts.tensors["locale"])
    expect([...(tensors["characters"]?.data ?? [])]).toEqual(Array.from({ length: 12 }, () => 0))
  })

  it("stops between tokens when it is aborted, and closes what it opened", async () => {
    const abort = new AbortController()
    const fake = fakeContext(device, { signal: abort.signal, progress: ({ done }) => { if (done === 3) abort.abort() } })
    await expect(write([a], {}, fake)).rejects.toThrow("aborted")
    expect([fake.done, fake.open()]).toEqual([[1, 2, 3], 0])
  })

  it("says when a model is not of the substrate or the tokenizer", async () => {
    const other = { ...b, meta: { ...b.meta, vocabulary: 30 } }
    await expect(write([a, other])).rejects.toThrow("the substrate is [24, 16], the model was trained on one of [30, 16]")
  })
})
