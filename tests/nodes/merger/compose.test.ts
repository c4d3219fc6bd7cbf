/** The inequalities of composition (arXiv 2507.07129v1, section 3.1; 2208.03306) on every token of real forward passes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ndarray, type Device, type NdArray } from "#src"
import { compose } from "../../../nodes/merger/compose.ts"
import { expertLogits } from "../../../nodes/model/expert-logits.ts"
import { logits, type Logits } from "../../../nodes/port/logits.ts"
import { scores } from "../../../nodes/port/scores.ts"
import { anyDevice } from "../../support/any-device.ts"
import { elementsOf, streamOf } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { logProbabilityOf } from "../one-window.ts"
import { inElements, tinyModel, tinySubstrate, tinyTokens, vocabulary } from "../tiny-models.ts"

// 601 tokens: a full chunk of 512 rows and one that is padded.
const lengths = [130, 200, 1, 150, 120]
const tokens = tinyTokens(lengths)
/** Nats by which f32 may miss. */
const slack = 2e-5

let device: Device
let experts: readonly [Logits, Logits, Logits]
beforeAll(async () => {
  device = await anyDevice()
  const say = async (seed: string) => {
    const inputs = { model: tinyModel(seed), substrate: tinySubstrate(), tokens: inElements(tokens, 2) }
    return logits.join((await elementsOf(expertLogits.run(inputs, {}, fakeContext(device).context))).logits)
  }
  experts = [await say("a"), await say("b"), await say("c")]
})
afterAll(() => device.close())

type Rule = "logit-mean" | "probability-mean" | "posterior"

/** The stream of an expert: 512 rows, then the rest. */
const chunked = ({ meta, tensors }: Logits) =>
  streamOf(
    [[0, 512], [512, 601]].map(([from = 0, to = 0]): Logits => {
      const columns = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
        const width = data.length / (shape[0] ?? 1)
        return [name, { dtype, shape: [to - from, ...shape.slice(1)], data: data.slice(from * width, to * width) }] as const
      })
      return { meta, tensors: Object.fromEntries(columns) as Logits["tensors"] }
    }),
  )

const composed = async (rule: Rule, weight: number, given: readonly (Logits | undefined)[] = experts.slice(0, 2), fake = fakeContext(device)) =>
  scores.join((await elementsOf(compose.run({ experts: given.map((expert) => expert && chunked(expert)) }, { rule, weight }, fake.context))).scores)
/** Nats per token. */
const losses = ({ tensors }: Logits): readonly number[] => Array.from(tensors["logp"]?.data ?? [], (x) => -x)
const pairs = async (rule: Rule, weight: number) => {
  const [mixed, a, b] = [losses(await composed(rule, weight)), losses(experts[0]), losses(experts[1])]
  expect(mixed.length).toBe(601)
  return mixed.map((loss, i) => ({ loss, a: a[i] as number, b: b[i] as number }))
}
const total = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0)
const perDocument = (xs: readonly number[]) => lengths.map((length, d) => total(xs.slice(total(lengths.slice(0, d))).slice(0, length)))

describe("logit-mean", () => {
  it.each([0.5, 0.3, 0.9])("loses at most the weighted mean of the experts' losses on every token, weight %d", async (w) => {
    const all = await pairs("logit-mean", w)
    for (const { loss, a, b } of all) expect(loss).toBeLessThanOrEqual(w * a + (1 - w) * b + slack)
    // The experts differ, so it is not that for want of anything to bound.
    expect(all.filter(({ loss, a, b }) => loss < w * a + (1 - w) * b - 0.1).length).toBeGreaterThan(300)
  })

  it("is log_softmax of the weighted mean of logits, in float64, to the last token", async () => {
    const mixed = losses(await composed("logit-mean", 0.3, experts))
    const all = experts.map(({ tensors }) => tensors["logits"]?.data as Float32Array)
    mixed.forEach((loss, token) => {
      const at = (id: number, j: number) => all[j]?.[token * vocabulary + id] as number
      const row = Array.from({ length: vocabulary }, (_, id) => total([0.3, 0.35, 0.35].map((w, j) => w * at(id, j))))
      expect(Math.abs(loss + logProbabilityOf(row, tokens.tensors["ids"]?.data[token] as number)), `token ${token}`).toBeLessThan(slack)
    })
  })
})

describe("probability-mean", () => {
  it("loses at most ln 2 to the better expert, and never more than the mean loss, on every token", async () => {
    for (const { loss, a, b } of await pairs("probability-mean", 0.5)) {
      expect(loss).toBeLessThanOrEqual(Math.min(a, b) + Math.LN2 + slack)
      expect(loss).toBeLessThanOrEqual((a + b) / 2 + slack)
    }
  })

  it.each([0.2, 0.7])("loses at most -ln w to each expert and never more than the weighted mean loss, weight %d", async (w) => {
    for (const { loss, a, b } of await pairs("probability-mean", w)) {
      expect(loss).toBeLessThanOrEqual(Math.min(a - Math.log(w), b - Math.log(1 - w)) + slack)
      expect(loss).toBeLessThanOrEqual(w * a + (1 - w) * b + slack)
    }
  })
})

describe("posterior", () => {
  it.each([0.5, 0.1])("has a regret of at most -ln w to each expert on every document, prior %d", async (w) => {
    const mixed = perDocument(losses(await composed("posterior", w)))
    const [a, b] = [perDocument(losses(experts[0])), perDocument(losses(experts[1]))]
    mixed.forEach((loss, d) => {
      expect(loss).toBeLessThanOrEqual((a[d] as number) - Math.log(w) + 1e-3)
      expect(loss).toBeLessThanOrEqual((b[d] as number) - Math.log(1 - w) + 1e-3)
    })
  })

  it("is the fixed mixture on the first token of a document, and leaves it after", async () => {
    const [fixed, bayes] = [losses(await composed("probability-mean", 0.4)), losses(await composed("posterior", 0.4))]
    const first = new Set([0, 130, 330, 331, 481])
    first.forEach((token) => expect(bayes[token]).toBeCloseTo(fixed[token] as number, 5))
    expect(bayes.filter((x, token) => !first.has(token) && Math.abs(x - (fixed[token] as number)) > 0.01).length).toBeGreaterThan(300)
  })
})

describe.each(["logit-mean", "probability-mean", "posterior"] as const)("%s", (rule) => {
  it("is the first expert at weight 1 and the second at weight 0, within 2e-5 nats", async () => {
    const [one, zero] = [await pairs(rule, 1), await pairs(rule, 0)]
    expect(Math.max(...one.map(({ loss, a }) => Math.abs(loss - a)))).toBeLessThan(slack)
    expect(Math.max(...zero.map(({ loss, b }) => Math.abs(loss - b)))).toBeLessThan(slack)
  })

  it.each([[0, [false, true]], [1, [true, false]], [0, [false, true, true]], [1, [true, false, false]], [0.5, [true, true]], [0.3, [true]]] as const)("G10: at weight %d it needs %j, and gives the bytes of the full computation", async (weight, needs) => {
    expect(compose.needs?.({ rule, weight }, { experts: needs.length }, undefined)).toEqual({ experts: needs })
    const all = experts.slice(0, needs.length)
    const full = await composed(rule, weight, all)
    const lazy = await composed(rule, weight, all.map((expert, j) => (needs[j] === true ? expert : undefined)))
    const bytes = (value: Logits) => compose.outputs.scores.element.encode(value).map((chunk) => Buffer.from(chunk).toString("base64")).join("")
    expect(bytes(lazy)).toBe(bytes(full))
  })

  it("is a single expert as it is", async () => {
    const [alone, expert] = [losses(await composed(rule, 0.2, [experts[1]])), losses(experts[1])]
    expect(Math.max(...alone.map((loss, i) => Math.abs(loss - (expert[i] as number))))).toBeLessThan(slack)
  })

  it("passes on where each token is from", async () => {
    const { meta, tensors } = await composed(rule, 0.5)
    expect(meta).toEqual(experts[0].meta)
    expect(Object.keys(tensors).sort()).toEqual(["characters", "document", "locale", "logp"])
    for (const name of ["characters", "document", "locale"]) expect(tensors[name]).toEqual(experts[0].tensors[name])
  })
})

describe("three experts", () => {
  it.each(["logit-mean", "probability-mean"] as const)("lose at most their mean loss on every token: %s", async (rule) => {
    const [mixed, each] = [losses(await composed(rule, 1 / 3, experts)), experts.map(losses)]
    mixed.forEach((loss, i) => expect(loss).toBeLessThanOrEqual(total(each.map((xs) => xs[i] as number)) / 3 + slack))
  })

  it("lose at most ln 3 to the best of them on every document: posterior", async () => {
    const mixed = perDocument(losses(await composed("posterior", 1 / 3, experts)))
    const each = experts.map((expert) => perDocument(losses(expert)))
    mixed.forEach((loss, d) => expect(loss).toBeLessThanOrEqual(Math.min(...each.map((xs) => xs[d] as number)) + Math.log(3) + 1e-3))
  })
})

describe("running", () => {
  it("compiles one program for the logits and none for mixtures, and closes it, also when aborted", async () => {
    const counts = async (rule: Rule) => {
      const fake = fakeContext(device)
      await composed(rule, 0.5, experts, fake)
      return [fake.programs.length, fake.open()]
    }
    expect([await counts("logit-mean"), await counts("probability-mean"), await counts("posterior")]).toEqual([[1, 0], [0, 0], [0, 0]])
    const abort = new AbortController()
    const fake = fakeContext(device, { signal: abort.signal, progress: () => abort.abort() })
    await expect(composed("logit-mean", 0.5, experts, fake)).rejects.toThrow("aborted")
    expect([fake.done, fake.open()]).toEqual([[512], 0])
  })

  it("says which expert does not fit the first", async () => {
    const [a, b] = experts
    const wide: Logits = { ...b, tensors: { ...b.tensors, logits: ndarray("f32", [601, 30], new Float32Array(601 * 30)) } }
    await expect(composed("logit-mean", 0.5, [a, b, wide])).rejects.toThrow("expert 3 has logits [512, 30], the first has [512, 24]")
    const short = compose.run({ experts: [chunked(a), streamOf(await chunked(b).next().then(({ value }) => [value as Logits]))] }, { rule: "posterior", weight: 0.5 }, fakeContext(device).context)
    await expect(elementsOf(short)).rejects.toThrow("expert 2 was run on less text than expert 1")
    const target = b.tensors["target"] as NdArray<"i32">
    const moved = { ...target, data: target.data.map((id) => (id + 1) % vocabulary) }
    const elsewhere: Logits = { ...b, tensors: { ...b.tensors, target: moved } }
    for (const rule of ["logit-mean", "posterior"] as const) {
      await expect(composed(rule, 0.5, [a, elsewhere])).rejects.toThrow("expert 2 was run on other text than the first")
    }
  })
})
