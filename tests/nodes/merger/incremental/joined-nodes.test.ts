/** PLeaS, ZipIt!, REPAIR and T3 by nodes: what looks at data again when something changes. */
import { afterAll, beforeAll, expect, it } from "vitest"
import { memoryStore, systemClock, type Device, type Kind } from "#src"
import { mergePleas, mergeZip, repair } from "../../../../nodes/merger/align.ts"
import { testTimeMerge } from "../../../../nodes/merger/test-time-kinds.ts"
import { anyDevice } from "../../../support/any-device.ts"
import { randomExamples, randomNetwork } from "../networks.ts"
import { settledMerge } from "../settled-merge.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const widths = [5, 6, 6, 3]
const [a, b, c] = ["a", "b", "c"].map((seed) => randomNetwork(widths, seed))
const examples = [randomExamples(60, 5, 3, "data")]
const settle = (kind: unknown, inputs: { readonly [port: string]: unknown }, params: object = {}, store = memoryStore(systemClock)) => settledMerge(device, kind as Kind, inputs, params, store)

it("[M6] PLeaS and ZipIt! look at data once for both, and neither look nor match again when a share or a ridge moves", async () => {
  const store = memoryStore(systemClock)
  const first = await settle(mergePleas, { networks: [a, b], examples }, {}, store)
  expect([first.ran, Object.keys(first.runs)]).toEqual([["grams", "join", "match"], ["grams"]])
  for (const [kind, params] of [[mergePleas, { separate: 0.5 }], [mergePleas, { fit: false }], [mergePleas, { ridge: 0.1 }], [mergeZip, {}], [mergeZip, { ratio: 0.3 }], [mergeZip, { beta: 0 }]] as const) {
    const now = await settle(kind, { networks: [a, b], examples }, params, store)
    expect([now.ran, now.runs]).toEqual([["join"], {}])
    expect(now.hash).not.toBe(first.hash)
    expect(now.hash).toBe((await settle(kind, { networks: [a, b], examples }, params)).hash)
  }
  expect((await settle(mergePleas, { networks: [a, c], examples }, {}, store)).ran).toEqual(["grams", "join", "match"])
})

it("[M6] REPAIR looks at an end again only when it is another one", async () => {
  const store = memoryStore(systemClock)
  const of = (network: unknown, ends: readonly unknown[], params: object = {}, where = store) => settle(repair, { network, ends, examples }, params, where)
  expect((await of(a, [a, b])).ran).toEqual(["end/0", "end/1", "mend"])
  for (const [merged, ends, params, ran] of [[a, [a, b], { share: 0.2 }, ["mend"]], [c, [a, b], {}, ["mend"]], [a, [a, c], {}, ["end/1", "mend"]]] as const) {
    const now = await of(merged, ends, params)
    expect(now.ran).toEqual(ran)
    expect(now.hash).toBe((await of(merged, ends, params, memoryStore(systemClock))).hash)
  }
})

it("[M6] T3 asks a network what it says only when it is another one, and not when its rule moves", async () => {
  const store = memoryStore(systemClock)
  const of = (tuned: unknown, params: object = {}, where = store) => settle(testTimeMerge, { base: a, tuned, examples: [...examples, randomExamples(40, 5, 3, "more")] }, params, where)
  const first = await of(b)
  expect(first.ran).toEqual(["base/0", "base/1", "merges", "tuned/0", "tuned/1"])
  for (const [tuned, params, ran] of [[b, { gamma: 3 }, ["merges"]], [b, { rule: "normalised", per: "batch" }, ["merges"]], [c, {}, ["merges", "tuned/0", "tuned/1"]]] as const) {
    const now = await of(tuned, params)
    expect(now.ran).toEqual(ran)
    expect(now.hash).not.toBe(first.hash)
    expect(now.hash).toBe((await of(tuned, params, memoryStore(systemClock))).hash)
  }
})

it("tells other than two networks before any data is looked at, and networks of different widths", async () => {
  for (const [kind, port] of [[mergePleas, "networks"], [mergeZip, "networks"], [repair, "ends"]] as const) {
    const given = (networks: readonly unknown[]) => ({ ...(port === "ends" ? { network: a } : {}), [port]: networks, examples })
    const three = await settle(kind, given([a, b, c]))
    expect([three.ran, three.messages.join()]).toEqual([[], expect.stringContaining("two networks are joined, got 3")])
    const other = await settle(kind, given([a, randomNetwork([5, 6, 3], "other")]))
    expect(other.messages.join()).toContain("expected networks of the same widths, got 5 x 6 x 6 x 3 and, of number")
  }
})
