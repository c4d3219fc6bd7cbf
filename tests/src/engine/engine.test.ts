/** What runs and what does not, counted, on small graphs. SPEC R, P, E, K8, S1. */
import { firstValueFrom, Subject, take, toArray } from "rxjs"
import { describe, expect, it } from "vitest"
import { defineKind, hashBytes, integer, NodeFailure, type Graph, type Kind } from "#src"
import { pauseBefore } from "../../../src/engine/flight.ts"
import { testEngine, turn } from "./test-engine.ts"
import { arithmetic, chainOf, fragile, graphOf, number, sum, third } from "./small-graph.ts"

const diamond = (add: number): Graph =>
  graphOf({
    top: { kind: sum, add },
    left: { kind: third, add: 0, from: ["top"] },
    right: { kind: sum, add: 10, from: ["top"] },
    bottom: { kind: sum, from: ["left", "right"] },
    aside: { kind: sum, add: 99 },
  })

describe("what runs", () => {
  it("P1: everything once, each node after those it reads from, a diamond's end once", async () => {
    const { engine, started, out } = testEngine()
    engine.commit(diamond(3))
    const summary = await engine.settle()
    expect(summary).toMatchObject({ ran: 5, reused: 0, failed: 0, blocked: 0, cancelled: 0 })
    expect(started().filter((path) => path === "bottom")).toHaveLength(1)
    expect(started().indexOf("bottom")).toBeGreaterThan(Math.max(started().indexOf("left"), started().indexOf("right")))
    expect(await out("bottom")).toBe(1 + 13)
  })

  it("P9: settling what is settled visits nothing, and an equal graph is no new revision", async () => {
    const { engine } = testEngine()
    const revision = engine.commit(diamond(3))
    await engine.settle()
    const counters = engine.counters()
    expect(engine.commit(diamond(3))).toBe(revision)
    await engine.settle()
    expect(engine.counters()).toEqual({ ...counters, compared: counters.compared + 5 })
  })

  it("P3: equal content stops the wave: what follows is verified without hashing", async () => {
    const { engine, started } = testEngine()
    engine.commit(diamond(3))
    await engine.settle()
    const before = engine.counters()
    // third(3) and third(4) are both 1, but top and right change.
    engine.commit(diamond(4))
    await engine.settle()
    expect(started().slice(5)).toEqual(expect.arrayContaining(["top", "left", "right", "bottom"]))
    expect(engine.counters().execs - before.execs).toBe(4)

    const chain = (add: number): Graph => graphOf({ a: { kind: sum, add }, b: { kind: third, from: ["a"] }, c: { kind: sum, from: ["b"] }, d: { kind: sum, from: ["c"] } })
    const cut = testEngine()
    cut.engine.commit(chain(3))
    await cut.engine.settle()
    const once = cut.engine.counters()
    cut.engine.commit(chain(4))
    expect(await cut.engine.settle()).toMatchObject({ ran: 2, reused: 2 })
    const twice = cut.engine.counters()
    expect(twice.execs - once.execs).toBe(2)
    expect(twice.keysHashed - once.keysHashed).toBe(2)
  })

  it("P9: a leaf edit visits and hashes the changed path only", async () => {
    const { engine } = testEngine()
    const graph = chainOf(sum, 200)
    engine.commit(graph)
    await engine.settle()
    const before = engine.counters()
    const nodes = new Map(graph.nodes)
    nodes.set("n199", { ...nodes.get("n199")!, params: { add: 5 } })
    engine.commit({ ...graph, nodes })
    await engine.settle()
    const after = engine.counters()
    expect(after.visited - before.visited).toBe(1)
    expect(after.keysHashed - before.keysHashed).toBe(1)
    expect(after.execs - before.execs).toBe(1)
  })

  it("P2: graphs of as many nodes as fit into a turn, and of more, settle from the action cache", async () => {
    for (const nodes of [1000, 2500]) {
      const graph = chainOf(arithmetic("test/inline", 1, (x) => x % 7, { cores: 0 }), nodes)
      const { engine, store } = testEngine()
      engine.commit(graph)
      await engine.settle()
      const again = testEngine({ store })
      again.engine.commit(graph)
      expect(await again.engine.settle()).toMatchObject({ ran: 0, reused: nodes })
    }
  })

  it("K8: equal nodes share one result; a salt sets seeded ones apart, and only those", async () => {
    const seeded = arithmetic("test/seeded", 1, (x) => x, { seeded: true })
    const { engine } = testEngine()
    engine.commit(graphOf({ a: { kind: sum, add: 2 }, b: { kind: sum, add: 2, salt: "other" }, c: { kind: seeded, add: 2 }, d: { kind: seeded, add: 2, salt: "other" }, e: { kind: seeded, add: 2 } }))
    expect(await engine.settle()).toMatchObject({ ran: 3, reused: 2 })
  })

  it("P4: nodes that no target needs do not run", async () => {
    const { engine, started } = testEngine()
    engine.commit(diamond(3))
    expect(await engine.settle(["left"])).toMatchObject({ ran: 2, reused: 0 })
    expect(started()).toEqual(["top", "left"])
  })

  it("K8: another path, another order of nodes and another engine on the store run nothing", async () => {
    const first = testEngine()
    first.engine.commit(diamond(3))
    await first.engine.settle()
    const second = testEngine({ store: first.store })
    second.engine.commit(
      graphOf({ aside2: { kind: sum, add: 99 }, head: { kind: sum, add: 3 }, r: { kind: sum, add: 10, from: ["head"] }, l: { kind: third, from: ["head"] }, end: { kind: sum, from: ["l", "r"] } }),
    )
    expect(await second.engine.settle()).toMatchObject({ ran: 0, reused: 5 })
    expect(second.engine.counters()).toMatchObject({ execs: 0, hits: 5 })
  })

  it("K1: the seed, the device's family and code versions are parts of the keys that depend on them", async () => {
    const seeded = arithmetic("test/seeded", 1, (x) => x, { seeded: true })
    const onDevice = arithmetic("test/device", 1, (x) => x, { onDevice: true })
    const graph = graphOf({ plain: { kind: sum }, seeded: { kind: seeded }, device: { kind: onDevice } })
    const { store, engine } = testEngine()
    engine.commit(graph)
    await engine.settle()
    const rerun = async (options: Parameters<typeof testEngine>[0]): Promise<readonly string[]> => {
      const again = testEngine({ ...options, store })
      again.engine.commit(graph)
      await again.engine.settle()
      return again.started()
    }
    expect(await rerun({})).toEqual([])
    expect(await rerun({ seed: 2 })).toEqual(["seeded"])
    expect(await rerun({ deviceFamily: async () => "another" })).toEqual(["device"])
    expect(await rerun({ codeVersion: async (kind) => (kind.id === "test/sum" ? "2" : kind.title) })).toEqual(["plain"])
  })

  it("R3: a code version that changes under an unchanged graph is noticed at the next commit", async () => {
    let version = "1"
    const { engine, started } = testEngine({ codeVersion: async (kind) => (kind === third ? version : "0") })
    const graph = diamond(3)
    engine.commit(graph)
    await engine.settle()
    version = "2"
    engine.commit(graph)
    expect(await engine.settle()).toMatchObject({ ran: 1, reused: 1 })
    expect(started().at(-1)).toBe("left")
  })
})

describe("failure", () => {
  it("E1, E2: what depends on a failed node is blocked and says by which; the rest completes", async () => {
    const { engine, outcomes } = testEngine()
    engine.commit(graphOf({ bad: { kind: fragile, add: 1 }, next: { kind: sum, from: ["bad"] }, last: { kind: sum, from: ["next"] }, good: { kind: fragile, add: 2 } }))
    expect(await engine.settle()).toMatchObject({ ran: 1, failed: 1, blocked: 2 })
    expect(outcomes()).toEqual({ bad: "failed", next: "blocked", last: "blocked", good: "ran" })
    expect(engine.outcome("bad")).toMatchObject({ message: "1 is odd", param: "add" })
    expect(engine.outcome("bad")).not.toHaveProperty("stack")
    expect(engine.outcome("last")).toEqual({ state: "blocked", cause: "bad" })
  })

  it("E1: a failure is no hit in another run, is not tried again in this one, and is forgotten by retry", async () => {
    let fails = true
    const kind = arithmetic("test/moody", 1, (x) => {
      if (fails) throw new Error("moody")
      return x
    })
    const { engine, store, started } = testEngine()
    engine.commit(graphOf({ a: { kind, add: 1 } }))
    await engine.settle()
    await engine.settle()
    expect(started()).toEqual(["a"])
    expect(engine.outcome("a")).toMatchObject({ message: "moody", stack: expect.stringContaining("moody") as string })
    fails = false
    const other = testEngine({ store })
    other.engine.commit(graphOf({ a: { kind, add: 1 } }))
    expect(await other.engine.settle()).toMatchObject({ ran: 1 })
    expect(other.engine.outcome("a")).toMatchObject({ why: { _tag: "PreviousFailed" } })
    engine.retry()
    expect(await engine.settle()).toMatchObject({ reused: 1, failed: 0 })
  })

  it("E1: a kind whose sources cannot be read fails, until they can", async () => {
    let isReadable = false
    const codeVersion = async (kind: Kind): Promise<string> => {
      if (kind === third && !isReadable) throw new Error("unexpected }")
      return kind.title
    }
    const { engine, outcomes } = testEngine({ codeVersion })
    const graph = diamond(3)
    engine.commit(graph)
    expect(await engine.settle()).toMatchObject({ ran: 3, failed: 1, blocked: 1 })
    expect(engine.outcome("left")).toMatchObject({ message: "the sources of its kind cannot be read: unexpected }" })
    isReadable = true
    engine.commit(graph)
    expect(await engine.settle()).toMatchObject({ ran: 2 })
    expect(outcomes()["bottom"]).toBe("ran")
  })

  it("E3: each pause before another try is drawn anew", async () => {
    let draws = 0
    const kind = arithmetic("test/busy", 1, (): number => {
      throw new NodeFailure("busy", { transient: true })
    })
    const { engine } = testEngine({ retry: { tries: 4, pauseMs: 1, jitter: () => ++draws / 4 } })
    engine.commit(graphOf({ busy: { kind } }))
    expect(await engine.settle()).toMatchObject({ failed: 1 })
    expect([draws, engine.counters().execs]).toEqual([3, 4])
    expect([1, 2, 3].map((tries) => [0, 0.5, 1].map((drawn) => pauseBefore(tries, { tries: 4, pauseMs: 200, jitter: () => drawn })))).toEqual([[200, 150, 100], [400, 300, 200], [800, 600, 400]])
  })

  it("E3: transient failures are tried again, so many times", async () => {
    const failTimes = (times: number): Kind => {
      let left = times
      return arithmetic(`test/transient${times}`, 1, (x) => {
        if (left-- > 0) throw new NodeFailure("busy", { transient: true })
        return x
      })
    }
    const { engine } = testEngine()
    engine.commit(graphOf({ twice: { kind: failTimes(2), add: 1 }, often: { kind: failTimes(9), add: 1 } }))
    expect(await engine.settle()).toMatchObject({ ran: 1, failed: 1 })
    expect(engine.counters().execs).toBe(6)
  })

  it("E1: an output that is missing names the port", async () => {
    const kind = defineKind({ id: "test/empty", module: "", title: "", params: {}, inputs: {}, outputs: { out: number }, cores: 0, run: () => ({}) as { out: number } })
    const { engine } = testEngine()
    engine.commit(graphOf({ a: { kind: kind as unknown as Kind, params: {} } }))
    await engine.settle()
    expect(engine.outcome("a")).toMatchObject({ state: "failed", message: "output out: expected number, got nothing" })
  })
})

describe("what observers see", () => {
  it("R4, R5: states, values and events", async () => {
    const { engine, events } = testEngine()
    const values = firstValueFrom(engine.value$("bottom", "out").pipe(take(2), toArray()))
    engine.commit(diamond(3))
    await engine.settle()
    await turn()
    engine.commit(diamond(6))
    await engine.settle()
    expect(await values).toEqual([14, 18])
    const state = await firstValueFrom(engine.state$("bottom"))
    expect(state).toMatchObject({ phase: "clean", revision: 2, outputs: { out: { hash: hashBytes("18"), bytes: 2 } } })
    expect((await firstValueFrom(engine.state$("nobody"))).phase).toBe("gone")
    expect(events.map(({ type }) => type).filter((type) => type === "revision" || type === "settled")).toEqual(["revision", "settled", "revision", "settled"])
  })

  it("R1: graphs come in as an observable, and close completes everything", async () => {
    const { engine, events, out } = testEngine()
    const graphs = new Subject<Graph>()
    engine.commit(graphs)
    graphs.next(diamond(3))
    graphs.next(diamond(6))
    await firstValueFrom(engine.value$("bottom", "out"))
    expect(await out("bottom")).toBe(18)
    let completed = false
    engine.events$.subscribe({ complete: () => (completed = true) })
    await engine.close()
    expect(completed).toBe(true)
    expect(events.filter(({ type }) => type === "revision")).toHaveLength(2)
  })

  it("S1: a stream's emissions are partials, its last is the result", async () => {
    const { from } = await import("rxjs")
    const kind = defineKind({
      id: "test/stream",
      module: import.meta.url,
      title: "1",
      params: { add: integer({ min: 0, max: 9, default: 0, doc: "" }) },
      inputs: {},
      outputs: { out: number },
      run: (_, { add }, context) => {
        context.progress({ done: 1, total: 3, unit: "parts" })
        return from([1, 2, 3].map((x) => ({ out: x + add })))
      },
    })
    const { engine, events, out } = testEngine()
    engine.commit(graphOf({ a: { kind: kind as unknown as Kind, add: 1 } }))
    await engine.settle()
    expect(await out("a")).toBe(4)
    expect(events.filter(({ type }) => type === "partial").length).toBeGreaterThan(0)
    expect(events).toContainEqual({ type: "progress", revision: 1, node: "a", progress: { done: 1, total: 3, unit: "parts" } })
  })
})
