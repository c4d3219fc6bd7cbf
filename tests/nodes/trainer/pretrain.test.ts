import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { adamwScalars, contentHash, random, type Checkpoint, type Device, type ParamValues, type Tensors } from "#src"
import type { Model } from "../../../nodes/port/model.ts"
import type { Substrate } from "../../../nodes/port/substrate.ts"
import { makeBatches } from "../../../nodes/trainer/batches.ts"
import { pretrain } from "../../../nodes/trainer/pretrain.ts"
import { anyDevice } from "../../support/any-device.ts"
import { resultOf } from "../dataset/run-context.ts"
import { fakeContext, type FakeContext, type FakeContextOptions } from "../fake-context.ts"
import { tinySubstrate, tinyTokens, width } from "../tiny-models.ts"

type Params = ParamValues<typeof pretrain.params>

const defaults: Params = {
  locales: [], width: 0, blocks: 1, heads: 2, start: "random", trains: "newest", rank: 0, table: "first", context: 8, batch: 4, steps: 12, lr: 0.01, warmup: 4, weightDecay: 0.1, clip: 1,
}
const tokens = tinyTokens([60, 70, 50, 40])

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const start = (params: Partial<Params>, fake: FakeContext, substrate: Substrate = tinySubstrate()) =>
  resultOf(pretrain.run({ substrate, tokens, below: undefined, budget: undefined, rate: undefined }, { ...defaults, ...params }, fake.context))
const run = (params: Partial<Params> = {}, options: FakeContextOptions = {}) => start(params, fakeContext(device, options))
const hashes = ({ tensors }: Model) => Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, contentHash(x)]))

describe("a run of the trainer", () => {
  it("learns: the loss falls well below that of a guess", async () => {
    const { curve } = await run({ steps: 60 })
    const losses = (curve.series[0]?.points ?? []).map(([, y]) => y)
    expect(losses[0]).toBeGreaterThan(Math.log(12))
    expect(losses.at(-1)).toBeLessThan(Math.log(8))
  })

  it("gives the same bytes for the same seed, and others for another", async () => {
    const [first, again, other] = [await run(), await run(), await run({}, { seed: "other" })]
    expect(hashes(again.model)).toEqual(hashes(first.model))
    expect(again.curve).toEqual(first.curve)
    expect(other.curve).not.toEqual(first.curve)
    const [a, b] = [hashes(first.model), hashes(other.model)]
    expect(Object.keys(a).filter((name) => a[name] === b[name])).toEqual([])
  })

  it("describes what it made", async () => {
    const { model, frozen } = await run({ steps: 3 })
    const stages = [{ blocks: 1, steps: 3, tokens: 3 * 4 * 8 }]
    expect(model.meta).toMatchObject({ vocabulary: 24, substrateWidth: width, width, heads: 2, blocks: 1, context: 8, stages })
    expect(Object.keys(model.tensors)).not.toContain("substrate")
    expect(frozen.rows.map(([name]) => name)).toEqual(["substrate"])
  })
})

describe("a step", () => {
  it("has the learning rate and bias corrections of its number, whether training began there or long before", async () => {
    const saved: Checkpoint[] = []
    const [first, rest] = [fakeContext(device, { saved }), fakeContext(device, { saved })]
    await start({ steps: 5, warmup: 2, lr: 0.01 }, first)
    await start({ steps: 8, warmup: 2, lr: 0.01 }, rest)
    const optimiser = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 }
    const rates = [0.005, 0.01, ...[3, 4, 5, 6, 7, 8].map((step) => 0.01 * Math.sqrt(2 / step))]
    const scalars = (inputs: Tensors) => Object.fromEntries(Object.entries(inputs).filter(([name]) => name.startsWith("adam/")))
    expect([...first.runs, ...rest.runs].map(scalars)).toEqual(rates.map((rate, i) => adamwScalars(optimiser, rate, i + 1)))
  })

  it("trains on the batch of its number", async () => {
    const fake = fakeContext(device)
    await start({ steps: 3 }, fake)
    const batchAt = makeBatches(tokens, { locales: [], rows: 4, context: 8, random: random("seed").fork("data") })
    expect(fake.runs.map(({ input, target }) => ({ input, target }))).toEqual([0, 1, 2].map(batchAt))
  })
})

describe("stopping and going on", () => {
  it("continues from the end of a shorter run as if it had never stopped, bit for bit", async () => {
    const straight = await run()
    const saved: Checkpoint[] = []
    const short = fakeContext(device, { saved })
    await start({ steps: 7 }, short)
    expect(saved.map(({ step }) => step)).toEqual([7])
    const rest = fakeContext(device, { saved })
    const continued = await start({ steps: 12 }, rest)
    expect(rest.done).toEqual([8, 9, 10, 11, 12])
    expect(hashes(continued.model)).toEqual(hashes(straight.model))
    expect(continued.curve).toEqual(straight.curve)
  })

  it("gives the result of any earlier checkpoint without a step when asked for no more", async () => {
    const saved: Checkpoint[] = []
    const seven = await run({ steps: 7 }, { saved })
    await run({ steps: 12 }, { saved })
    const again = fakeContext(device, { saved })
    const { model, curve } = await start({ steps: 7 }, again)
    expect(again.done).toEqual([])
    expect(hashes(model)).toEqual(hashes(seven.model))
    expect(curve).toEqual(seven.curve)
  })

  it("comes to the same bytes however often and wherever it is killed", async () => {
    const straight = await run()
    for (const seed of ["one", "two", "three"]) {
      const draw = random(seed)
      const saved: Checkpoint[] = []
      const due = Array.from({ length: 11 }, (_, i) => i + 1).filter((step) => draw.uniform(step) < 0.4)
      for (let life = 0; life < 3; life++) {
        const from = Math.max(0, ...saved.map(({ step }) => step))
        const last = from + 1 + draw.below(100 + life, 12 - from)
        const dying = fakeContext(device, { saved, due, progress: ({ done }) => { if (done === last) throw new Error("killed") } })
        await expect(start({}, dying)).rejects.toThrow("killed")
        expect(dying.done[0]).toBe(from + 1)
        expect(dying.open()).toBe(0)
      }
      const end = fakeContext(device, { saved, due })
      const { model, curve } = await start({}, end)
      expect(end.done[0]).toBe(1 + Math.max(0, ...saved.map(({ step }) => step).filter((step) => step < (end.done[0] ?? 0))))
      expect(hashes(model), seed).toEqual(hashes(straight.model))
      expect(curve, seed).toEqual(straight.curve)
    }
  })

  it("keeps in a checkpoint what was true at its step, whatever comes after", async () => {
    const saved: Checkpoint[] = []
    await run({}, { saved, due: [3, 5] })
    expect(saved.map(({ step, meta }) => [step, (meta as { losses: readonly number[] }).losses.length])).toEqual([[3, 3], [5, 5], [12, 12]])
  })

  it("stops between steps when it is aborted, and closes what it opened", async () => {
    const abort = new AbortController()
    const fake = fakeContext(device, { signal: abort.signal, progress: ({ done }) => { if (done === 4) abort.abort() } })
    await expect(start({}, fake)).rejects.toThrow("aborted")
    expect(fake.done).toEqual([1, 2, 3, 4])
    expect(fake.programs.length).toBe(1)
    expect(fake.open()).toBe(0)
  })

  it("closes what it opened when it is done", async () => {
    const fake = fakeContext(device)
    await start({ steps: 1 }, fake)
    expect([fake.programs.length, fake.open()]).toEqual([1, 0])
  })
})

describe("the substrate", () => {
  const firstProgram = async (trainable: boolean) => {
    const fake = fakeContext(device)
    const substrate = tinySubstrate({ trainable })
    const { model } = await start({ steps: 4 }, fake, substrate)
    return { model, substrate, steps: fake.programs[0]?.steps ?? [], outputs: Object.keys(fake.programs[0]?.outputs ?? {}) }
  }

  it("receives no gradient when it is frozen", async () => {
    const { model, steps, outputs } = await firstProgram(false)
    expect(steps.filter(({ op }) => op === "scatter_add")).toEqual([])
    expect(outputs.filter((name) => name.includes("substrate"))).toEqual([])
    expect(Object.keys(model.tensors)).not.toContain("substrate")
  })

  it("trains as the control, and then comes with the model", async () => {
    const { model, substrate, outputs } = await firstProgram(true)
    expect(outputs).toContain("m/substrate")
    expect(model.tensors["substrate"]?.shape).toEqual([24, width])
    expect(model.tensors["substrate"]?.data).not.toEqual(substrate.tensors["matrix"]?.data)
  })

  it("may be narrower than the model", async () => {
    const { model } = await start({ steps: 2, width: 32 }, fakeContext(device), tinySubstrate({ columns: 8 }))
    expect([model.meta.width, model.meta.substrateWidth]).toEqual([32, 8])
    expect(model.tensors["head/weight"]?.shape).toEqual([32, 24])
  })
})
