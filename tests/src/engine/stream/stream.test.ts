/** Streams between running nodes: order of events, credit, keys, failures, storage. SPEC S2-S9. */
import * as E from "fp-ts/lib/Either.js"
import { beforeEach, describe, expect, it } from "vitest"
import { makeInlineTransport, memoryStore, systemClock, type Graph } from "#src"
import { graphOf, type Row } from "../small-graph.ts"
import { testEngine } from "../test-engine.ts"
import { log, mergeKind, plain, sinkKind, sourceKind, stageKind, wholeSink } from "./stream-kinds.ts"

beforeEach(() => void log.splice(0))

const turn = () => new Promise((resolve) => setImmediate(resolve))
const source = plain(sourceKind())
const stage = plain(stageKind())
const sink = plain(sinkKind())
const whole = plain(wholeSink)
const row = (kind: Row["kind"], params: Row["params"] = {}, ...from: string[]): Row => ({
  kind,
  params: { ...Object.fromEntries(Object.entries(kind.params).map(([name, param]) => [name, param.default ?? 0])), ...params },
  from,
})
const chain = (n = 10, most = 1e6): Graph =>
  graphOf({ source: row(source, { count: n }), stage: row(stage, { every: 1 }, "source"), sink: row(sink, { most }, "stage"), whole: row(whole, {}, "stage") })

describe("consumers that start ahead", () => {
  it("S5: work on elements while their producers run; the result is that of the collected value", async () => {
    const { engine, events, out } = testEngine()
    engine.commit(chain())
    expect(await engine.settle()).toMatchObject({ ran: 4, failed: 0 })
    const order = events.flatMap((event) => (event.type === "started" || event.type === "outcome" ? [`${event.type} ${event.node}`] : []))
    expect(order.indexOf("started stage")).toBeLessThan(order.indexOf("outcome source"))
    expect(order.indexOf("started sink")).toBeLessThan(order.indexOf("outcome source"))
    expect(order.indexOf("started whole")).toBeGreaterThan(order.indexOf("outcome stage"))
    expect(log.indexOf("took 0")).toBeLessThan(log.indexOf("made 3"))
    expect(await out("sink")).toBe(await out("whole"))
    expect(engine.counters()).toMatchObject({ execs: 4, streamed: 20, dropped: 0 })
  })

  it("S6: what was begun is found under the final key, in this process and in the next", async () => {
    const store = memoryStore(systemClock)
    const first = testEngine({ store })
    first.engine.commit(chain())
    await first.engine.settle()
    const value = await first.out("sink")
    for (const { engine, out } of [first, testEngine({ store })]) {
      engine.commit(chain())
      expect(await engine.settle()).toMatchObject({ ran: 0 })
      expect(await out("sink")).toBe(value)
    }
    // Another consumer of what is stored: the same content, so the same result without a live edge.
    const later = testEngine({ store })
    later.engine.commit(graphOf({ source: row(source), stage: row(stage, { every: 1 }, "source"), other: row(plain(sinkKind(turn)), { most: 5 }, "stage") }))
    expect(await later.engine.settle()).toMatchObject({ ran: 1, reused: 2 })
    expect(later.engine.counters().streamed).toBe(0)
  })

  it("S6: content that comes out equal stops the wave", async () => {
    const { engine } = testEngine()
    const graph = (add: number): Graph =>
      graphOf({ source: row(source), one: row(stage, { add, every: 1 }, "source"), two: row(stage, { add: -add, every: 1 }, "one"), sink: row(sink, {}, "two") })
    engine.commit(graph(1))
    expect(await engine.settle()).toMatchObject({ ran: 4 })
    engine.commit(graph(2))
    // The sink starts ahead again and is found to be the same.
    expect(await engine.settle()).toMatchObject({ failed: 0 })
    const { execs } = engine.counters()
    engine.commit(graph(1))
    expect(await engine.settle()).toMatchObject({ ran: 0 })
    expect(engine.counters().execs).toBe(execs)
  })

  it("S4: never more elements are given and not taken than there is credit, however slow the consumer", async () => {
    for (const items of [1, 2, 5]) {
      const { engine, events } = testEngine({ credit: { items, bytes: 1e6 } })
      engine.commit(graphOf({ source: row(plain(sourceKind({ pace: async () => undefined })), { count: 50 }), sink: row(plain(sinkKind(turn)), {}, "source") }))
      await engine.settle()
      const [edge] = events.flatMap((event) => (event.type === "streamed" ? [event] : []))
      expect(edge).toMatchObject({ node: "source", port: "out", to: "sink", elements: 50, dropped: 0, spilled: false })
      expect(edge!.peak.items).toBeLessThanOrEqual(items)
      expect(edge!.peak.items).toBeGreaterThan(0)
    }
  })

  it("S4: bytes count too, and an element larger than the credit still passes", async () => {
    const { engine, events } = testEngine({ credit: { items: 100, bytes: 40 } })
    engine.commit(graphOf({ source: row(source, { count: 20, size: 10 }), sink: row(plain(sinkKind(turn)), {}, "source") }))
    expect(await engine.settle()).toMatchObject({ failed: 0 })
    const peaks = events.flatMap((event) => (event.type === "streamed" ? [event.peak.items] : []))
    expect(peaks).toEqual([1])
  })

  it("S5: no core for the consumer: it waits for the stored stream, and nothing is stuck", async () => {
    for (const capacity of [1, 2]) {
      const store = memoryStore(systemClock)
      const { engine, events, out } = testEngine({ store, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock, capacity }) })
      const busy = plain({ ...sourceKind(), cores: 1 })
      engine.commit(graphOf({ source: row(busy), stage: row(plain(stageKind(undefined, 1)), { every: 1 }, "source"), sink: row(sink, {}, "stage"), whole: row(whole, {}, "stage") }))
      expect(await engine.settle()).toMatchObject({ failed: 0, blocked: 0 })
      const order = events.flatMap((event) => (event.type === "started" || event.type === "outcome" ? [`${event.type} ${event.node}`] : []))
      expect(order.indexOf("started stage") < order.indexOf("outcome source")).toBe(capacity === 2)
      expect(await out("sink")).toBe(await out("whole"))
    }
  })

  it("S5: a consumer that has seen enough ends before its producer", async () => {
    const { engine, out } = testEngine()
    engine.commit(chain(30, 3))
    expect(await engine.settle()).toMatchObject({ failed: 0, ran: 4 })
    const short = await out("sink")
    const again = testEngine()
    again.engine.commit(graphOf({ source: row(source, { count: 3 }), stage: row(stage, { every: 1 }, "source"), sink: row(sink, {}, "stage") }))
    await again.engine.settle()
    expect(short).toBe(await again.out("sink"))
  })
})

describe("streams that break off", () => {
  it("S7: a producer fails: its consumers are blocked, and nothing of theirs is kept", async () => {
    const store = memoryStore(systemClock)
    const { engine, outcomes } = testEngine({ store })
    const graph = (fail: number): Graph => graphOf({ source: row(source, { fail }), stage: row(stage, { every: 1 }, "source"), sink: row(sink, {}, "stage") })
    engine.commit(graph(6))
    expect(await engine.settle()).toMatchObject({ ran: 0, failed: 1, blocked: 2 })
    expect(outcomes()).toMatchObject({ source: "failed", stage: "blocked", sink: "blocked" })
    engine.commit(graph(-1))
    expect(await engine.settle()).toMatchObject({ ran: 3 })
  })

  it("S7: an edit stops the whole chain, and the new one gives the right result", async () => {
    const { engine, out } = testEngine()
    engine.commit(chain(1000))
    const settling = engine.settle()
    while (log.length < 40) await turn()
    engine.commit(chain(8))
    expect(await settling).toMatchObject({ failed: 0, cancelled: 0 })
    expect(log.filter((line) => line.startsWith("made")).length).toBeLessThan(900)
    expect(await out("sink")).toBe(await out("whole"))
    expect(engine.counters().aborts).toBeGreaterThanOrEqual(3)
  })

  it("S7: cancel stops streams too", async () => {
    const { engine, out } = testEngine()
    engine.commit(chain(1000))
    const settling = engine.settle()
    while (log.length < 40) await turn()
    await engine.cancel()
    expect(await settling).toMatchObject({ ran: 0, cancelled: 4 })
    expect(await engine.settle()).toMatchObject({ ran: 4 })
    expect(await out("sink")).toBe(await out("whole"))
  })
})

describe("streams at rest", () => {
  it("S8: small elements share a blob, and the content hash does not depend on who listened", async () => {
    const hashes = new Set<string>()
    for (const graph of [chain(300), graphOf({ source: row(source, { count: 300 }) })]) {
      const { engine, store } = testEngine()
      engine.commit(graph)
      await engine.settle(["source"])
      const outcome = engine.outcome("source")
      if (outcome?.state !== "ran") throw new Error(outcome?.state)
      const output = outcome.outputs["out"]!
      hashes.add(output.hash)
      expect(output).toMatchObject({ stream: { elements: 300 } })
      const manifest = await store.blobs.get(output.hash)
      expect(E.isRight(manifest) && (JSON.parse(new TextDecoder().decode(manifest.right)) as { segments: unknown[] }).segments.length).toBe(1)
    }
    expect(hashes.size).toBe(1)
  })

  it("S8: a damaged segment is a miss: the producer runs again, then its consumer", async () => {
    const store = memoryStore(systemClock)
    const first = testEngine({ store })
    first.engine.commit(chain())
    await first.engine.settle()
    const outcome = first.engine.outcome("stage")
    if (outcome?.state !== "ran") throw new Error(outcome?.state)
    await store.blobs.remove((outcome.outputs["out"] as { stream?: { segments: readonly { hash: never }[] } }).stream!.segments[0]!.hash)
    const again = testEngine({ store })
    again.engine.commit(graphOf({ source: row(source), stage: row(stage, { every: 1 }, "source"), sink: row(sink, { most: 4 }, "stage") }))
    expect(await again.engine.settle()).toMatchObject({ failed: 0, ran: 2 })
  })

  it("S9: a stream that is not kept leaves its manifest; who wants its elements later has them made again", async () => {
    const store = memoryStore(systemClock)
    const fleeting = plain(sourceKind({ kept: false }))
    const graph = (most: number): Graph => graphOf({ source: row(fleeting), sink: row(sink, { most }, "source") })
    const { engine, out } = testEngine({ store })
    engine.commit(graph(1e6))
    expect(await engine.settle()).toMatchObject({ ran: 2 })
    const value = await out("sink")
    expect(engine.outcome("source")).toMatchObject({ outputs: { out: { stream: { elements: 10, segments: [] } } } })
    engine.commit(graph(9))
    expect(await engine.settle()).toMatchObject({ ran: 2, failed: 0 })
    expect(await out("sink")).not.toBe(value)
    engine.commit(graph(1e6))
    expect(await engine.settle()).toMatchObject({ ran: 0 })
    // A consumer of the collected value needs it stored, so it is.
    engine.commit(graphOf({ source: row(fleeting), whole: row(whole, {}, "source") }))
    expect(await engine.settle()).toMatchObject({ failed: 0 })
    expect(await out("whole")).toBe(value)
  })
})

describe("diamonds", () => {
  const diamond = (turns: boolean, every: number): Graph =>
    graphOf({
      source: row(source, { count: 40 }),
      slow: row(stage, { every }, "source"),
      merge: row(plain(mergeKind()), { turns }, "slow", "source"),
      sink: row(sink, {}, "merge"),
      whole: row(whole, {}, "merge"),
    })
  it("S10: a merger that reads one branch to its end before the other is never stuck", async () => {
    for (const turns of [false, true]) {
      for (const every of [1, 10]) {
        const { engine, out, events } = testEngine({ credit: { items: 2, bytes: 1e6 } })
        engine.commit(diamond(turns, every))
        expect(await engine.settle()).toMatchObject({ failed: 0, ran: 5 })
        expect(await out("sink")).toBe(await out("whole"))
        const spilled = events.some((event) => event.type === "streamed" && event.spilled)
        expect(spilled).toBe(!turns || every > 1)
      }
    }
  })
})
