/** Accuracy of networks alone and together, by nodes: who is asked again when something changes, and that the figures are right. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { memoryStore, systemClock, type Device, type Kind, type Metric } from "#src"
import { accuracy } from "../../../nodes/metric/accuracy.ts"
import type { Network } from "../../../nodes/port/network.ts"
import { anyDevice } from "../../support/any-device.ts"
import { answers, examplesOf, randomExamples, randomNetwork } from "../merger/networks.ts"
import { settledMerge } from "../merger/settled-merge.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const [a, b, c, d] = ["a", "b", "c", "d"].map((seed) => randomNetwork([5, 7, 3], seed)) as [Network, Network, Network, Network]
// In two batches, and in one.
const sets = [randomExamples(300, 5, 3, "first"), randomExamples(40, 5, 3, "second")]
const settle = (networks: readonly Network[], params: object = {}, store = memoryStore(systemClock), examples = sets) => settledMerge(device, accuracy as unknown as Kind, { networks, examples }, params, store)
const valuesOf = (value: unknown) => (value as Metric).values

/** In f64, over both sets. */
const expected = (networks: readonly Network[], together: (logits: readonly (readonly number[])[]) => readonly number[]) => {
  const figures = sets.map((set) => {
    const said = networks.map((network) => answers(network, set))
    const label = [...set.tensors["label"]!.data] as number[]
    const p = label.map((_, n) => together(said.map((of) => of[n]!)))
    return { accuracy: label.filter((k, n) => p[n]![k] === Math.max(...p[n]!)).length / label.length, loss: -label.reduce((sum, k, n) => sum + Math.log(p[n]![k]!), 0) / label.length }
  })
  return { accuracy: (figures[0]!.accuracy + figures[1]!.accuracy) / 2, loss: (figures[0]!.loss + figures[1]!.loss) / 2 }
}
const softmax = (logits: readonly number[]): readonly number[] => {
  const all = logits.reduce((sum, l) => sum + Math.exp(l), 0)
  return logits.map((l) => Math.exp(l) / all)
}
const mean = (rows: readonly (readonly number[])[]): readonly number[] => rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length)

describe("accuracy", () => {
  it("is that of the mean logits, or the mean probabilities, of several networks", async () => {
    const rules = [["logit-mean", (logits: readonly (readonly number[])[]) => softmax(mean(logits))], ["probability-mean", (logits: readonly (readonly number[])[]) => mean(logits.map(softmax))]] as const
    const losses: number[] = []
    for (const [rule, together] of rules) {
      const [got, wanted] = [valuesOf((await settle([a, b, c], { rule })).value), expected([a, b, c], together)]
      expect(got["accuracy"]).toBeCloseTo(wanted.accuracy, 12)
      expect(got["loss"]).toBeCloseTo(wanted.loss, 5)
      losses.push(wanted.loss)
    }
    expect(Math.abs(losses[0]! - losses[1]!)).toBeGreaterThan(1e-3)
  })

  it("of one network is its own, in a node by itself, whatever the rule", async () => {
    const store = memoryStore(systemClock)
    const one = await settle([a], {}, store)
    expect(one.ran).toEqual(["alone"])
    expect(valuesOf(one.value)["loss"]).toBeCloseTo(expected([a], ([logits]) => softmax(logits!)).loss, 5)
    expect((await settle([a], { rule: "probability-mean" }, store)).ran).toEqual([])
  })

  it("[M6] asks a member of an ensemble again only when it, or the examples, are others, and none when the rule moves", async () => {
    const store = memoryStore(systemClock)
    const first = await settle([a, b, c], {}, store)
    expect(first.ran).toEqual(["logits/0/0", "logits/0/1", "logits/0/2", "logits/1/0", "logits/1/1", "logits/1/2", "together"])
    expect(first.runs).toEqual({ "logits/0/0": 2, "logits/0/1": 2, "logits/0/2": 2, "logits/1/0": 1, "logits/1/1": 1, "logits/1/2": 1, together: 3 })
    const others = [sets[0]!, randomExamples(50, 5, 3, "other")]
    const changes = [
      [[a, d, c], {}, sets, ["logits/0/1", "logits/1/1", "together"]],
      [[a, b, c], { rule: "probability-mean" }, sets, ["together"]],
      [[c, a], {}, sets, ["together"]],
      [[a, b, c], {}, others, ["logits/1/0", "logits/1/1", "logits/1/2", "together"]],
    ] as const
    for (const [networks, params, examples, ran] of changes) {
      const now = await settle(networks, params, store, [...examples])
      expect(now.ran).toEqual(ran)
      expect(now.hash).not.toBe(first.hash)
      expect(now.hash).toBe((await settle(networks, params, undefined, [...examples])).hash)
    }
  })

  it("tells networks of other classes, and that there are no examples", async () => {
    expect((await settle([a, randomNetwork([5, 4], "four")])).messages.join()).toContain("the networks tell 3, 4 classes apart; to speak together they must have the same")
    const none = [{ ...examplesOf([[0, 0, 0, 0, 0]], [0], 3), tensors: { input: { ...sets[0]!.tensors["input"]!, shape: [0, 5], data: new Uint8Array(0) }, label: { ...sets[0]!.tensors["label"]!, shape: [0], data: new Int32Array(0) } } }] as typeof sets
    for (const networks of [[a], [a, b]]) expect((await settle(networks, {}, undefined, none)).messages.join()).toContain("there are no examples to measure on")
  })
})
