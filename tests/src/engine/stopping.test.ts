/** Stopping while the engine still looks at what lies outside the graph: what is told, and what is waited for. SPEC C3. */
import { expect, it } from "vitest"
import { fileURLToPath } from "node:url"
import { defineKind, lazy, many, memoryStore, one, systemClock, type Kind, type Node, type Store } from "#src"
import { arithmetic, graphOf, number, sum } from "./small-graph.ts"
import { heldTransport, testEngine, turn, turns, versionOf } from "./test-engine.ts"

/** A function that goes on only once it is let go, and how often it began and ended. */
const held = <A extends readonly unknown[], B>(f: (...args: A) => Promise<B>) => {
  let letGo = (): void => undefined
  const gate = new Promise<void>((resolve) => (letGo = resolve))
  const counts = { began: 0, ended: 0 }
  const call = async (...args: A): Promise<B> => {
    counts.began++
    await gate
    const result = await f(...args)
    counts.ended++
    return result
  }
  return { call, letGo, counts }
}
const three = graphOf({ a: { kind: sum, add: 1 }, b: { kind: sum, add: 2, from: ["a"] }, c: { kind: sum, add: 3, from: ["a"] } })

it("C3: what is stopped before anything began is told as stopped: all of it, or what was asked for", async () => {
  const codes = held(versionOf)
  const { engine, outcomes } = testEngine({ codeVersion: codes.call })
  engine.commit(three)
  const [all, some] = [engine.settle(), engine.settle(["b"])]
  await turns()
  await engine.cancel()
  expect(codes.counts).toEqual({ began: 1, ended: 0 })
  expect(await all).toMatchObject({ ran: 0, reused: 0, failed: 0, cancelled: 3 })
  expect(await some).toMatchObject({ ran: 0, reused: 0, failed: 0, cancelled: 2 })
  expect(outcomes()).toEqual({ a: "cancelled", b: "cancelled", c: "cancelled" })
  const again = engine.settle()
  codes.letGo()
  expect(await again).toMatchObject({ ran: 3, cancelled: 0 })
})

it("C3: who came in the turn of the stop is told too", async () => {
  const { engine } = testEngine()
  engine.commit(three)
  const all = engine.settle()
  await engine.cancel()
  expect(await all).toMatchObject({ ran: 0, cancelled: 3 })
})

it("C3: who came while others' work was being stopped is told too, and what has ended is not told as stopped", async () => {
  const store = memoryStore(systemClock)
  const transport = heldTransport(store, 1)
  const { engine } = testEngine({ store, transport })
  engine.commit(three)
  const first = engine.settle()
  await turn()
  transport.held[0]!.release()
  await turns()
  const cancelling = engine.cancel()
  const late = engine.settle()
  await turn()
  transport.held[0]!.cancel()
  await cancelling
  expect(await first).toMatchObject({ ran: 1, cancelled: 2 })
  expect(await late).toMatchObject({ ran: 0, cancelled: 2 })
})

it("C3: what a node turned out to need, by the values it has, is told as stopped with it", async () => {
  const store = memoryStore(systemClock)
  const transport = heldTransport(store, 1)
  const { engine } = testEngine({ store, transport })
  const chooses = defineKind({
    id: "test/chooses",
    module: import.meta.url,
    title: "1",
    params: {},
    inputs: { by: one(number), from: lazy(many(number)) },
    outputs: { out: number },
    needs: (_, __, inputs) => (inputs === undefined ? undefined : { from: inputs.by > 0 }),
    run: ({ from }) => ({ out: from.length }),
  }) as unknown as Kind
  const { nodes, ...rest } = graphOf({ by: { kind: sum, add: 1 }, wanted: { kind: sum, add: 2 }, chooses: { kind: chooses, params: {}, from: ["wanted"] } })
  const chosen = nodes.get("chooses") as Node
  engine.commit({ ...rest, nodes: new Map([...nodes, ["chooses", { ...chosen, inputs: { ...chosen.inputs, by: [{ node: "by", port: "out" }] } }]]) })
  const all = engine.settle()
  await turn()
  transport.held[0]!.release()
  await turns()
  expect(transport.held.map(({ job }) => job.params["add"])).toEqual([2])
  const cancelling = engine.cancel()
  await turn()
  transport.held[0]!.cancel()
  await cancelling
  expect(await all).toMatchObject({ ran: 1, cancelled: 2 })
})

it("C3: a kind that cannot even be planned is a fault for who waits; the engine stops and closes", async () => {
  const broken = new Proxy(sum, {
    get: (kind, name) => {
      if (name === "needs") throw new Error("no needs")
      return kind[name as keyof Kind]
    },
  })
  const codes = held(versionOf)
  const { engine } = testEngine({ codeVersion: codes.call })
  engine.commit(graphOf({ a: { kind: broken } }))
  const all = engine.settle().catch(String)
  await turns()
  await engine.cancel()
  expect(await all).toBe("Error: no needs")
  codes.letGo()
  await engine.close()
  expect(codes.counts).toEqual({ began: 1, ended: 1 })
})

it("C3: closing waits for code versions that are still looked for", async () => {
  const codes = held(versionOf)
  const { engine } = testEngine({ codeVersion: codes.call })
  engine.commit(graphOf({ a: { kind: sum }, b: { kind: arithmetic("test/other", 1, (x) => x) } }))
  const all = engine.settle()
  await turns()
  const endedAtClose = engine.close().then(() => codes.counts.ended)
  expect(await all).toMatchObject({ cancelled: 2 })
  await turns()
  expect(codes.counts).toEqual({ began: 2, ended: 0 })
  codes.letGo()
  expect(await endedAtClose).toBe(2)
})

it("C3: closing waits for files that are still looked at", async () => {
  const memory = memoryStore(systemClock)
  const puts = held(memory.notes.put)
  const store: Store = { ...memory, notes: { ...memory.notes, put: puts.call } }
  const reading = arithmetic("test/reading", 1, (x) => x, { files: () => [fileURLToPath(import.meta.url)] })
  const { engine } = testEngine({ store })
  engine.commit(graphOf({ a: { kind: reading } }))
  const all = engine.settle()
  while (puts.counts.began === 0) await turn()
  const endedAtClose = engine.close().then(() => puts.counts.ended)
  expect(await all).toMatchObject({ cancelled: 1 })
  await turns()
  expect(puts.counts).toEqual({ began: 1, ended: 0 })
  puts.letGo()
  expect(await endedAtClose).toBe(1)
  await turns()
  expect(puts.counts).toEqual({ began: 1, ended: 1 })
})
