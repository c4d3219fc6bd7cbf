/** Nothing is lost: checkpoints, prefixes, damaged and missing blobs. SPEC W1-W4, W6, W7. */
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { makeInlineTransport, memoryStore, systemClock, type Clock, type Kind, type Store } from "#src"
import { memoryFiles } from "../../../src/store/memory-files.ts"
import { makeStore } from "../../../src/store/store.ts"
import { memoryTables, type Table, type Tables } from "../../../src/store/tables.ts"
import { length, stepping } from "../../support/kinds/stepping.ts"
import { testEngine } from "./test-engine.ts"
import { arithmetic, graphOf, sum, third } from "./small-graph.ts"

const training = (steps: number, every = 2) =>
  graphOf({ train: { kind: stepping as unknown as Kind, params: { steps, every, blocks: false } }, length: { kind: length as unknown as Kind, params: {} } })

// `graphOf` wires by the port names of numbers; this graph has its own.
const trainingGraph = (steps: number, every = 2) => {
  const graph = training(steps, every)
  const nodes = new Map(graph.nodes)
  nodes.set("length", { ...nodes.get("length")!, inputs: { path: [{ node: "train", port: "path" }] } })
  return { ...graph, nodes }
}

const finalHash = (test: ReturnType<typeof testEngine>): string => {
  const outcome = test.engine.outcome("train")
  return outcome?.state === "ran" || outcome?.state === "reused" ? outcome.outputs["path"]!.hash : `${outcome?.state}`
}

/** Steps that were taken, by the progress of an engine; every step is reported when the clock jumps. */
const jumpingClock = (offset = 0): Clock => {
  let at = 0
  return { now: () => (at += 1000), wall: () => 1e12 + offset }
}

describe("checkpoints", () => {
  it("W4: 100 steps and then 200 give the bytes of 200 at once, and only the new steps are taken", async () => {
    const straight = testEngine()
    straight.engine.commit(trainingGraph(200))
    await straight.engine.settle()

    const clock = jumpingClock()
    const grown = testEngine({ clock, store: memoryStore(clock) })
    grown.engine.commit(trainingGraph(100))
    await grown.engine.settle()
    grown.engine.commit(trainingGraph(200))
    await grown.engine.settle()
    expect(finalHash(grown)).toBe(finalHash(straight))
    expect(grown.engine.outcome("train")).toMatchObject({ state: "ran", why: { _tag: "Resumed", step: 100, of: { _tag: "Param", param: "steps", from: 100, to: 200 } } })
  })

  it("W4: of a run in progress the newest are kept; what ended a run is kept", async () => {
    const test = testEngine()
    const steps = async (n: number): Promise<void> => {
      test.engine.commit(trainingGraph(n))
      await test.engine.settle()
    }
    await steps(100)
    await steps(131)
    const { store } = test
    const lineages = new Set<string>()
    const spy: Store = { ...store, checkpoints: { ...store.checkpoints, list: (lineage) => (lineages.add(lineage), store.checkpoints.list(lineage)) } }
    const again = testEngine({ store: spy })
    again.engine.commit(trainingGraph(140))
    await again.engine.settle()
    const [lineage] = [...lineages]
    const kept = store.checkpoints.list(lineage as never)
    expect(kept.filter(({ end }) => end).map(({ step, from }) => [step, from])).toEqual([[100, undefined], [131, 100], [140, 131]])
    expect(kept.length).toBeLessThanOrEqual(5)
    for (const record of kept) expect(store.blobs.has(record)).toBe(true)
    // A shorter run starts from the longest that fits.
    again.engine.commit(trainingGraph(120))
    await again.engine.settle()
    expect(again.engine.outcome("train")).toMatchObject({ why: { _tag: "Resumed", step: 100 } })
  })

  it("W4: a damaged checkpoint counts as absent", async () => {
    const files = memoryFiles()
    const tables = memoryTables()
    const store = makeStore({ dir: "memory:", files, tables, clock: systemClock })
    const test = testEngine({ store })
    test.engine.commit(trainingGraph(10))
    await test.engine.settle()
    const lineage = tables.table("checkpoints").keys("")[0]!.split("/")[0]!
    for (const { hash } of store.checkpoints.list(lineage as never)) await tables.bytes.put(hash, new Uint8Array(3))
    test.engine.commit(trainingGraph(12))
    await test.engine.settle()
    expect(test.engine.outcome("train")).toMatchObject({ state: "ran", why: { _tag: "Param" } })
    const straight = testEngine()
    straight.engine.commit(trainingGraph(12))
    await straight.engine.settle()
    expect(finalHash(test)).toBe(finalHash(straight))
  })
})

describe("damaged results", () => {
  const disk = () => {
    const tables = memoryTables()
    const store = makeStore({ dir: "memory:", files: memoryFiles(), tables, clock: systemClock })
    const hashOf = (test: ReturnType<typeof testEngine>, node: string): string => {
      const outcome = test.engine.outcome(node)
      if (outcome?.state !== "ran") throw new Error("did not run")
      return outcome.outputs["out"]!.hash
    }
    return { tables, store, hashOf }
  }
  const graph = (add: number) => graphOf({ a: { kind: sum, add: 12345 }, b: { kind: sum, add, from: ["a"] }, c: { kind: third, from: ["a"] } })

  const harms = [(table: Table<Uint8Array>, hash: string) => table.remove(hash), (table: Table<Uint8Array>, hash: string) => table.put(hash, new Uint8Array(1))]

  /** A store with the results of `graph(1)`, the bytes of `a` harmed. */
  const harmed = async (harm: (typeof harms)[number]) => {
    const { tables, store, hashOf } = disk()
    const first = testEngine({ store })
    first.engine.commit(graph(1))
    await first.engine.settle()
    await harm(tables.bytes, hashOf(first, "a"))
    return store
  }

  it("W2: a blob that is wanted and gone or cut short is a miss: its producer runs again, and what follows is reused", async () => {
    for (const harm of harms) {
      const store = await harmed(harm)
      const second = testEngine({ store, isWanted: ({ node }) => node === "a" })
      second.engine.commit(graph(1))
      expect(await second.engine.settle()).toMatchObject({ ran: 1, reused: 2 })
      expect(second.engine.outcome("a")).toMatchObject({ state: "ran", why: { _tag: "Evicted" } })
      expect(await second.out("a")).toBe(12345)
    }
  })

  it("W8: of what nobody reads the hash is enough; bytes that are gone are made again when a node that runs reads them", async () => {
    for (const harm of harms) {
      const store = await harmed(harm)
      const second = testEngine({ store })
      second.engine.commit(graph(1))
      expect(await second.engine.settle()).toMatchObject({ ran: 0, reused: 3 })
      second.engine.commit(graph(2))
      expect(await second.engine.settle()).toMatchObject({ ran: 2, failed: 0 })
      expect(second.started()).toEqual(["a", "b"])
      expect(await second.out("b")).toBe(12347)
    }
  })

  it("W8: a whole chain without bytes is settled by its hashes, and made again from its start when its end is read", async () => {
    const { tables, store } = disk()
    const chain = (add: number) => graphOf({ a: { kind: sum, add: 5 }, b: { kind: sum, add: 1, from: ["a"] }, c: { kind: sum, add: 1, from: ["b"] }, d: { kind: sum, add, from: ["c"] } })
    const first = testEngine({ store })
    first.engine.commit(chain(1))
    await first.engine.settle()
    for (const hash of tables.bytes.keys("")) await tables.bytes.remove(hash)
    const second = testEngine({ store })
    second.engine.commit(chain(1))
    expect(await second.engine.settle()).toMatchObject({ ran: 0, reused: 4 })
    const seen: unknown[] = []
    const end = new Promise<void>((resolve) => second.engine.value$("d", "out").subscribe((value) => (seen.push(value), resolve())))
    await end
    expect(seen).toEqual([8])
    expect([...second.started()].sort()).toEqual(["a", "b", "c", "d"])
    expect(second.engine.counters().execs).toBe(4)
  })

  it("W2: a blob of the right size and the wrong bytes is found when it is read, and repaired", async () => {
    const { tables, store, hashOf } = disk()
    const first = testEngine({ store })
    first.engine.commit(graph(1))
    await first.engine.settle()
    await tables.bytes.put(hashOf(first, "a"), new TextEncoder().encode("99999"))
    const second = testEngine({ store })
    second.engine.commit(graph(2))
    expect(await second.engine.settle()).toMatchObject({ ran: 2, reused: 1, failed: 0 })
    expect(second.engine.outcome("a")).toMatchObject({ state: "ran", why: { _tag: "Evicted", reason: expect.stringContaining("damaged") as string } })
    expect(await second.out("b")).toBe(12347)
  })

  it("W2: repair is bounded", async () => {
    const { store } = disk()
    // What can be written at once would be decoded at once, and not be read.
    const forgetful: Store = { ...store, blobs: { ...store.blobs, putNow: () => undefined, get: async (hash) => E.left({ _tag: "BlobMissing", hash }), getNow: () => undefined } }
    const test = testEngine({ store: forgetful, transport: makeInlineTransport({ blobs: forgetful.blobs, clock: systemClock }) })
    test.engine.commit(graph(1))
    expect(await test.engine.settle()).toMatchObject({ ran: 1, failed: 2 })
    let shown = 0
    test.engine.value$("a", "out").subscribe(() => shown++)
    await test.engine.settle()
    expect(shown).toBe(0)
    expect(test.engine.outcome("b")).toMatchObject({ message: expect.stringContaining("its blob is gone") as string })
    expect(test.engine.counters().execs).toBeLessThan(20)
  })
})

describe("a store that cannot be written to", () => {
  it("W3, W6: small work whose result cannot be written fails, although what follows did not wait for it", async () => {
    const store = memoryStore(systemClock)
    const full: Store = { ...store, actions: { ...store.actions, put: async () => E.left({ _tag: "StoreFull", dir: "here", path: "actions", reason: "no space" }) } }
    const beside = arithmetic("test/beside", 1, (x) => x, { cores: 0 })
    const { engine, outcomes, started } = testEngine({ store: full })
    engine.commit(graphOf({ a: { kind: beside, add: 1 }, b: { kind: beside, from: ["a"] } }))
    expect(await engine.settle()).toMatchObject({ ran: 0, failed: 1, blocked: 1 })
    expect(started()).toEqual(["a", "b"])
    expect(outcomes()).toEqual({ a: "failed", b: "blocked" })
    expect(engine.outcome("a")).toMatchObject({ message: expect.stringContaining("is on a full disk") as string })
  })

  it("W6: a full disk fails the node with the store and the reason in the message, and loses nothing", async () => {
    const files = memoryFiles()
    const tables = memoryTables()
    let full = false
    const failing = <A extends readonly unknown[], B>(write: (...args: A) => Promise<B> | undefined) => (...args: A): Promise<B> | undefined =>
      full ? Promise.reject(Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })) : write(...args)
    const actions = tables.table("actions")
    const limited: Tables = {
      ...tables,
      bytes: { ...tables.bytes, post: (key, value) => (full ? undefined : tables.bytes.post(key, value)) },
      table: (name) => (name === "actions" ? { ...actions, add: failing(actions.add) } : tables.table(name)),
    }
    const store = makeStore({ dir: "/somewhere", files: { ...files, write: async (...args) => failing(files.write)(...args) }, tables: limited, clock: systemClock })
    const before = testEngine({ store })
    before.engine.commit(graphOf({ a: { kind: sum, add: 1 } }))
    await before.engine.settle()
    full = true
    const during = testEngine({ store })
    const graph = graphOf({ a: { kind: sum, add: 1 }, b: { kind: sum, add: 1, from: ["a"] } })
    during.engine.commit(graph)
    expect(await during.engine.settle()).toMatchObject({ reused: 1, failed: 1 })
    expect(during.engine.outcome("b")).toMatchObject({ message: expect.stringMatching(/store \/somewhere is on a full disk: ENOSPC/) as string })
    full = false
    const after = testEngine({ store })
    after.engine.commit(graph)
    expect(await after.engine.settle()).toMatchObject({ ran: 1, reused: 1 })
  })
})

describe("two engines on one store", () => {
  it("W7: neither runs what the other is running, and both get the result", async () => {
    const files = memoryFiles()
    const tables = memoryTables()
    const engines = [1, 2].map(() => testEngine({ store: makeStore({ dir: "memory:", files, tables, clock: systemClock }) }))
    const graph = graphOf(Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`n${i}`, { kind: sum, add: i, from: i > 1 ? [`n${i - 2}`] : [] }])))
    for (const { engine } of engines) engine.commit(graph)
    const summaries = await Promise.all(engines.map(({ engine }) => engine.settle()))
    const total = (name: "ran" | "reused") => summaries.reduce((n, summary) => n + summary[name], 0)
    expect([total("ran"), total("reused")]).toEqual([6, 6])
    expect(engines.reduce((n, { engine }) => n + engine.counters().execs, 0)).toBe(6)
  })
})
