/** A real chain, text -> tokens -> experts -> merger -> metric, chunk by chunk. SPEC S5, S6. */
import * as E from "fp-ts/lib/Either.js"
import { bufferCount, filter, firstValueFrom } from "rxjs"
import { afterAll, expect, it } from "vitest"
import { buildGraph, defineKind, defineStream, graph, makeInlineTransport, memoryStore, random, stream, systemClock } from "#src"
import { bitsPerCharacter, compose, encodeText, expertLogits, ngramTokenizer } from "#nodes"
import { documents } from "../../nodes/port/documents.ts"
import { model } from "../../nodes/port/model.ts"
import { substrate } from "../../nodes/port/substrate.ts"
import { tinyModel, tinySubstrate, vocabulary } from "../nodes/tiny-models.ts"
import { testEngine } from "../src/engine/test-engine.ts"
import { anyDevice } from "../support/any-device.ts"

const device = await anyDevice()
afterAll(() => device.close())

/** Ten documents of some 240 letters. */
const letters = random("letters")
const written = Array.from({ length: 10 }, (_, d) => ({
  id: `document/${d}`,
  locale: d % 3 === 2 ? "ru" : "en",
  source: "test",
  text: Array.from({ length: 230 + d }, (_unused, i) => "abcdefghij"[letters.below(1000 * d + i, 10)]).join(""),
}))

/** The text waits for it after each element. */
let goOn: Promise<unknown> = Promise.resolve()

const given = defineKind({
  id: "test/given",
  module: import.meta.url,
  title: "given",
  params: {},
  inputs: {},
  outputs: { a: model, b: model, substrate, sample: documents },
  cores: 0,
  run: () => ({ a: tinyModel("a"), b: tinyModel("b"), substrate: tinySubstrate(), sample: { documents: written } }),
})

const text = defineStream({
  id: "test/text",
  module: import.meta.url,
  title: "text",
  params: {},
  inputs: {},
  outputs: { documents: stream(documents) },
  cores: 0,
  run: async function* () {
    for (const document of written) {
      yield { documents: { documents: [document] } }
      await goOn
    }
    return {}
  },
})

const chain = graph("chain", (g) => {
  const { a, b, substrate: matrix, sample } = g.add("given", given, {})
  const { tokenizer } = g.add("tokenizer", ngramTokenizer, { size: vocabulary, minCount: 1 }, { text: sample })
  const { documents: source } = g.add("text", text, {})
  const { tokens } = g.add("tokens", encodeText, {}, { tokenizer, text: source })
  const experts = [a, b].map((weights, i) => g.add(`logits/${i}`, expertLogits, {}, { model: weights, substrate: matrix, tokens }))
  for (const rule of ["logit-mean", "posterior"] as const) {
    const { scores } = g.add(rule, compose, { rule, weight: 0.3 }, { experts: experts.map(({ logits }) => logits) })
    g.add(`bits/${rule}`, bitsPerCharacter, {}, { scores })
  }
})

it("S5: everything from the tokenizer to the metric works on chunks while the text is read, to the bytes of the collected computation", async () => {
  const built = buildGraph(chain)
  if (E.isLeft(built)) throw new Error(JSON.stringify(built.left))
  const runs = []
  for (const capacity of [1, 6]) {
    const store = memoryStore(systemClock)
    const transport = makeInlineTransport({ blobs: store.blobs, clock: systemClock, capacity, device: { wanted: device.name, module: new URL("../../src/device/open.ts", import.meta.url).href } })
    const test = testEngine({ store, transport, credit: { items: 2, bytes: 2 ** 26 } })
    // All there is starts on the first element of the text, before there is a second one.
    if (capacity > 1) goOn = firstValueFrom(test.engine.events$.pipe(filter((event) => event.type === "started"), bufferCount(built.right.nodes.size)))
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
  const ended = many?.order.filter((line) => line.startsWith("outcome")) ?? []
  expect(ended.slice(0, 3).sort()).toEqual(["outcome given", "outcome text", "outcome tokenizer"])
  expect(many?.order.slice(-7).every((line) => line.startsWith("outcome"))).toBe(true)
  // Ten documents to the tokens, and ten elements of those to two experts; their five chunks to two mergers, and each merger's to its metric.
  expect(many?.streamed).toBe(10 + 20 + 20 + 10)
})
