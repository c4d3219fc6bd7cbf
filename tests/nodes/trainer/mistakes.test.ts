/** What the trainer says when it cannot train. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { NodeFailure, type Checkpoint, type Device, type ParamValues } from "#src"
import type { Model } from "../../../nodes/port/model.ts"
import type { Substrate } from "../../../nodes/port/substrate.ts"
import { pretrain } from "../../../nodes/trainer/pretrain.ts"
import { anyDevice } from "../../support/any-device.ts"
import { resultOf } from "../dataset/run-context.ts"
import { fakeContext } from "../fake-context.ts"
import { tinyModel, tinySubstrate, tinyTokens } from "../tiny-models.ts"

const good: ParamValues<typeof pretrain.params> = {
  locales: [], width: 0, blocks: 1, heads: 2, start: "random", trains: "newest", rank: 0, table: "first", context: 8, batch: 2, steps: 4, lr: 0.01, warmup: 2, weightDecay: 0.1, clip: 1,
}

interface Case {
  readonly params?: Partial<typeof good>
  readonly substrate?: Substrate
  readonly below?: Model
  readonly vocabulary?: number
  readonly saved?: Checkpoint[]
}

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const failure = async ({ params = {}, substrate = tinySubstrate(), below, vocabulary = 24, saved = [] }: Case) => {
  const text = tinyTokens([30, 12])
  const tokens = { ...text, meta: { ...text.meta, vocabulary } }
  const fake = fakeContext(device, { saved, due: [1, 2, 3] })
  const running = resultOf(pretrain.run({ substrate, tokens, below, budget: undefined, rate: undefined }, { ...good, ...params }, fake.context))
  const thrown: unknown = await running.then(() => undefined, (error: unknown) => error)
  expect(thrown).toBeInstanceOf(NodeFailure)
  expect(fake.open()).toBe(0)
  const { message, param } = thrown as NodeFailure
  return { message, param }
}

describe("the trainer's failures", () => {
  it.each([
    ["heads", { heads: 3 }, "3 heads do not divide a width of 16"],
    ["heads", { heads: 16 }, "16 heads of a width of 16 are 1 wide; rotary positions need an even width"],
    ["width", { width: 24 }, "a width of 24 is not a multiple of the substrate's 16"],
    ["locales", { locales: ["en", "fr"] }, "no language fr in the corpus, which has en, ru"],
    ["context", { context: 16 }, "ru has 13 tokens, fewer than a window of 17"],
  ] as const)("name the param: %s of %o", async (param, params, message) => {
    expect(await failure({ params })).toEqual({ message, param })
  })

  it("compare a model below with what would grow on it", async () => {
    const below = tinyModel("below")
    const has = "the model below has vocabulary 24, substrate width 16, width 16, 2 heads; the substrate and params ask for"
    expect((await failure({ below, params: { heads: 4 } })).message).toBe(`${has} vocabulary 24, substrate width 16, width 16, 4 heads`)
    expect((await failure({ below, params: { width: 32 } })).message).toBe(`${has} vocabulary 24, substrate width 16, width 32, 2 heads`)
    const narrow = await failure({ below, substrate: tinySubstrate({ columns: 8 }), params: { width: 16 } })
    expect(narrow.message).toBe(`${has} vocabulary 24, substrate width 8, width 16, 2 heads`)
  })

  it("say that tokens and substrate come from different tokenizers", async () => {
    const { message } = await failure({ vocabulary: 30 })
    expect(message).toBe("the tokens come from a vocabulary of 30, the substrate has 24 rows: both must come from one tokenizer")
  })

  it("stop at a loss that is not a number, name the learning rate, and keep no broken checkpoint", async () => {
    const saved: Checkpoint[] = []
    const { message, param } = await failure({ params: { lr: 1e30 }, saved })
    expect(message).toMatch(/^the loss is \S+ and the gradient's norm \S+ at step [23]; a smaller lr or clip may help$/)
    expect(param).toBe("lr")
    expect(saved.length).toBeGreaterThan(0)
    const broken = saved.flatMap(({ tensors }) => Object.keys(tensors).filter((name) => tensors[name]?.data.some((x) => !Number.isFinite(x))))
    expect(broken).toEqual([])
  })
})
