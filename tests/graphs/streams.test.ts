/** A real chain, tokens -> experts -> merger -> metric, chunk by chunk. SPEC S5, S6. */
import * as E from "fp-ts/lib/Either.js"
import { afterAll, expect, it } from "vitest"
import { defineKind, graph, buildGraph, makeInlineTransport, memoryStore, systemClock } from "#src"
import { bitsPerCharacter, compose, expertLogits } from "#nodes"
import { model } from "../../nodes/port/model.ts"
import { substrate } from "../../nodes/port/substrate.ts"
import { tokens } from "../../nodes/port/tokens.ts"
import { tinyModel, tinySubstrate, tinyTokens } from "../nodes/tiny-models.ts"
import { testEngine } from "../src/engine/test-engine.ts"
import { anyDevice } from "../support/any-device.ts"

const device = await anyDevice()
afterAll(() => device.close())

const given = defineKind({
  id: "test/given",
  module: import.meta.url,
  title: "given",
  params: {},
  inputs: {},
  outputs: { a: model, b: model, substrate, tokens },
  cores: 0,
  // 2,400 tokens: five chunks of at most 512.
  run: () => ({ a: tinyModel("a"), b: tinyModel("b"), substrate: tinySubstrate(), tokens: tinyTokens([700, 300, 1, 650, 749]) }),
})

const chain = graph("chain", (g) => {
  const { a, b, substrate: matrix, tokens: text } = g.add("given", given, {})
  const experts = [a, b].map((weights, i) => g.add(`logits/${i}`, expertLogits, {}, { model: weights, substrate: matrix, tokens: text }))
  for (const rule of ["logit-mean", "posterior"] as const) {
    const { scores } = g.add(rule, compose, { rule, weight: 0.3 }, { experts: experts.map(({ logits }) => logits) })
    g.add(`bits/${rule}`, bitsPerCharacter, {}, { scores })
  }
})

it("S5: the merger and the metric work on chunks while the experts run, to the bytes of the collected computation", async () => {
  const built = buildGraph(chain)
  if (E.isLeft(built)) throw new Error(JSON.stringify(built.left))
  const runs = []
  for (const capacity of [1, 6]) {
    const store = memoryStore(systemClock)
    const transport = makeInlineTransport({ blobs: store.blobs, clock: systemClock, capacity, device: { wanted: device.name, module: new URL("../../src/device/open.ts", import.meta.url).href } })
    const test = testEngine({ store, transport, credit: { items: 2, bytes: 2 ** 26 } })
    test.engine.commit(built.right)
    expect(await test.engine.settle()).toMatchObject({ failed: 0, blocked: 0 })
    const order = test.events.flatMap((event) => (event.type === "started" || event.type === "outcome" ? [`${event.type} ${event.node}`] : []))
    const hashes = [...built.right.nodes.keys()].map((path) => (test.engine.outcome(path) as { readonly outputs?: object }).outputs)
    runs.push({ hashes, order, streamed: test.engine.counters().streamed })
    await test.engine.close()
    await transport.close()
  }
  const [one, many] = runs
  expect(many?.hashes).toEqual(one?.hashes)
  expect(many?.order.indexOf("started logit-mean")).toBeLessThan(many?.order.indexOf("outcome logits/0") ?? 0)
  expect(many?.order.indexOf("started bits/logit-mean")).toBeLessThan(many?.order.indexOf("outcome logits/1") ?? 0)
  expect(many?.order.indexOf("started bits/posterior")).toBeLessThan(many?.order.indexOf("outcome posterior") ?? 0)
  // Two experts to two mergers, and each merger to its metric: five chunks each.
  expect(many?.streamed).toBe(30)
})
