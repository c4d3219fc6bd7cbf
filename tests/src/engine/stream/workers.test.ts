/** Streams between worker threads, and between a worker and the engine's thread. SPEC S4-S7, S11. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeWorkerTransport, openStore, systemClock, type Graph, type Kind, type Node, type Store, type Transport } from "#src"
import { source, stage, sum, sumOfAll } from "../../../support/kinds/streaming.ts"
import { testEngine } from "../test-engine.ts"

let dir = ""
let store: Store
let transport: Transport
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "cambium-streams-"))
  const made = await openStore(dir, { clock: systemClock })
  if (E.isLeft(made)) throw new Error(made.left.reason)
  store = made.right
  transport = makeWorkerTransport({ store, clock: systemClock, capacity: 3 })
})
afterAll(async () => {
  await transport.close()
  await store.close()
  await rm(dir, { recursive: true })
})

const node = (path: string, kind: unknown, params: Node["params"], from?: string): Node => ({
  path,
  kind: kind as Kind,
  params: { ...Object.fromEntries(Object.entries((kind as Kind).params).map(([name, param]) => [name, param.default ?? 0])), ...params },
  inputs: from === undefined ? {} : { rows: [{ node: from, port: "rows" }] },
  knobs: {},
  salt: "",
})
const graphOf = (...nodes: readonly Node[]): Graph => ({ name: "workers", params: {}, nodes: new Map(nodes.map((one) => [one.path, one])) })
const expected = (count: number, width: number, stages: number): number => (stages + 1) * width * ((count * (count - 1)) / 2)

describe("streams and worker threads", () => {
  it("S5, S11: three jobs that feed each other run at the same time, in three threads, within their credit", async () => {
    const { engine, events, out } = testEngine({ store, transport, credit: { items: 4, bytes: 1e6 } })
    const params = { count: 60, width: 1000 }
    engine.commit(graphOf(node("source", source, { ...params, pause: 20 }), node("stage", stage, { parallel: 3 }, "source"), node("sum", sum, {}, "stage"), node("all", sumOfAll, {}, "stage")))
    expect(await engine.settle()).toMatchObject({ ran: 4, failed: 0 })
    expect(await out("sum")).toBe(expected(60, 1000, 1))
    expect(await out("all")).toBe(expected(60, 1000, 1))
    const order = events.flatMap((event) => (event.type === "started" || event.type === "outcome" ? [`${event.type} ${event.node}`] : []))
    expect(order.indexOf("started stage")).toBeLessThan(order.indexOf("outcome source"))
    expect(order.indexOf("started sum")).toBeLessThan(order.indexOf("outcome stage"))
    const edges = events.flatMap((event) => (event.type === "streamed" ? [event] : []))
    expect(edges.map(({ node: from, to }) => `${from} ${to}`).sort()).toEqual(["source stage", "stage sum"])
    for (const { peak } of edges) expect(peak.items).toBeLessThanOrEqual(4)
  })

  it("S5: with one core each waits for the one before; the results and their hashes are the same", async () => {
    const hashes: unknown[] = []
    for (const capacity of [1, 3]) {
      const folder = await mkdtemp(join(tmpdir(), "cambium-streams-"))
      const made = await openStore(folder, { clock: systemClock })
      if (E.isLeft(made)) throw new Error(made.left.reason)
      const workers = makeWorkerTransport({ store: made.right, clock: systemClock, capacity })
      const { engine, out } = testEngine({ store: made.right, transport: workers })
      engine.commit(graphOf(node("source", source, { count: 200 }), node("stage", stage, { parallel: capacity }, "source"), node("sum", sum, {}, "stage")))
      expect(await engine.settle()).toMatchObject({ ran: 3 })
      expect(await out("sum")).toBe(expected(200, 8, 1))
      hashes.push((engine.outcome("stage") as { readonly outputs?: { readonly [port: string]: { readonly hash: string } } }).outputs?.["rows"]?.hash)
      await workers.close()
      await made.right.close()
      await rm(folder, { recursive: true })
    }
    expect(hashes[0]).toBeTypeOf("string")
    expect(hashes[0]).toBe(hashes[1])
  })

  it("S7, C4: an edit while all of them run stops all of them, and the next chain runs in the same threads", async () => {
    const { engine, out, events } = testEngine({ store, transport })
    const graph = (count: number, pause: number): Graph => graphOf(node("source", source, { count, pause }), node("stage", stage, {}, "source"), node("sum", sum, {}, "stage"))
    engine.commit(graph(5000, 10))
    const settling = engine.settle()
    const started = () => new Set(events.flatMap((event) => (event.type === "started" ? [event.node] : [])))
    while (started().size < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    engine.commit(graph(11, 0))
    expect(await settling).toMatchObject({ failed: 0, blocked: 0, cancelled: 0 })
    expect(await out("sum")).toBe(expected(11, 8, 1))
    expect(engine.counters().aborts).toBe(3)
  })

  it("S13: a stream in a worker is watched without slowing it", async () => {
    const { engine } = testEngine({ store, transport })
    const seen: number[] = []
    const progress: number[] = []
    engine.commit(graphOf(node("source", source, { count: 30, width: 3, pause: 5 })))
    engine.stream$("source", "rows").subscribe((element) => seen.push((element as { meta: { at: number } }).meta.at))
    engine.progress$("source").subscribe(({ done }) => progress.push(done))
    expect(await engine.settle()).toMatchObject({ ran: 1 })
    expect(seen.at(-1)).toBe(29)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(progress.at(-1)).toBe(30)
  })
})
