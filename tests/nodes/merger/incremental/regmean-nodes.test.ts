/** RegMean by nodes: what is looked at again when a coefficient or one model is another, and that the bytes are those of a merge from scratch. */
import { expect, it } from "vitest"
import { buildGraph, defineKind, graph, integer, makeInlineTransport, memoryStore, systemClock, text, type Store } from "#src"
import { mergeRegmean } from "../../../../nodes/merger/regmean.ts"
import { examples } from "../../../../nodes/port/examples.ts"
import { network } from "../../../../nodes/port/network.ts"
import { anyDevice } from "../../../support/any-device.ts"
import { testEngine } from "../../../src/engine/test-engine.ts"
import { randomExamples, randomNetwork } from "../networks.ts"

const source = defineKind({
  id: "test/model",
  module: import.meta.url,
  title: "1",
  params: { from: text({ doc: "Seed" }), at: integer({ min: 0, max: 99, default: 0, doc: "Place" }) },
  inputs: {},
  outputs: { network, examples },
  run: (_, { from, at }) => ({ network: randomNetwork([4, 6, 5, 3], from), examples: randomExamples(60, 4, 3, `data ${at}`) }),
})

const merging = (models: readonly string[], params: { readonly weight?: readonly number[]; readonly alpha?: number }, sets = models.length) => {
  const built = buildGraph(graph("regmean", (g) => {
    const given = models.map((from, at) => g.add(`source/${at}`, source, { from, at }))
    g.add("merge", mergeRegmean, params, { models: given.map((one) => one.network), examples: given.slice(0, sets).map((one) => one.examples) })
  }))
  if (built._tag === "Left") throw new Error(JSON.stringify(built.left))
  return built.right
}

/** As a new process does, over what the store has. */
const settle = async (store: Store, ...what: Parameters<typeof merging>) => {
  const device = await anyDevice()
  await device.close()
  const transport = makeInlineTransport({ blobs: store.blobs, clock: systemClock, device: { wanted: device.name, module: new URL("../../../../src/device/open.ts", import.meta.url).href } })
  const { engine, started, events, outcomes } = testEngine({ store, transport })
  engine.commit(merging(...what))
  await engine.settle()
  const made = events.flatMap((event) => (event.type === "outcome" && event.node === "merge/solve" && "outputs" in event.outcome ? [event.outcome.outputs["network"]?.hash] : []))
  await engine.close()
  return { ran: started().filter((path) => path.startsWith("merge/")), hash: made.at(-1), outcomes: outcomes(), events }
}

it("[M6] RegMean looks at the data of a model that is another, and of none when a coefficient moves", async () => {
  const store = memoryStore(systemClock)
  const first = await settle(store, ["a", "b", "c"], {})
  expect(first.ran.toSorted()).toEqual(["merge/grams/0", "merge/grams/1", "merge/grams/2", "merge/solve"])
  const changes = [
    [["a", "b", "c"], { weight: [1, 2, 1] }, ["merge/solve"]],
    [["a", "b", "c"], { alpha: 0.5 }, ["merge/solve"]],
    [["a", "d", "c"], {}, ["merge/grams/1", "merge/solve"]],
  ] as const
  for (const [models, params, ran] of changes) {
    const now = await settle(store, models, params)
    expect(now.ran).toEqual(ran)
    expect(now.hash).not.toBe(first.hash)
    expect(now.hash).toBe((await settle(memoryStore(systemClock), models, params)).hash)
  }
})

it("tells models without examples, and coefficients that do not fit, before any data is looked at", async () => {
  for (const [what, message] of [
    [[["a", "b"], {}, 1], "2 models and 1 set of examples came in; each model needs its own"],
    [[["a", "b"], { weight: [1] }], "weight has 1 values for 2 models"],
  ] as const) {
    const { ran, events } = await settle(memoryStore(systemClock), ...(what as unknown as Parameters<typeof merging>))
    expect(ran).toEqual([])
    expect(JSON.stringify(events)).toContain(message)
  }
})
