/** Work in flight: what an edit stops and what it leaves alone, and who gets cores. SPEC C1-C3, C5, P6, P7. */
import { describe, expect, it } from "vitest"
import { memoryStore, systemClock, type Graph } from "#src"
import { heldTransport, testEngine, turn } from "./test-engine.ts"
import { arithmetic, graphOf, sum, third } from "./small-graph.ts"

describe("edits while work runs", () => {
  const running = (capacity = 2) => {
    const store = memoryStore(systemClock)
    const transport = heldTransport(store, capacity)
    return { ...testEngine({ store, transport }), transport }
  }

  it("C1: work whose key is no longer wanted is told to stop; work that is still wanted is not touched", async () => {
    const { engine, transport } = running()
    engine.commit(graphOf({ a: { kind: sum, add: 1 }, b: { kind: sum, add: 2 } }))
    const settling = engine.settle()
    await turn()
    const [a, b] = [...transport.held].sort((x, y) => Number(x.job.params["add"]) - Number(y.job.params["add"]))
    engine.commit(graphOf({ a: { kind: sum, add: 7 }, b2: { kind: sum, add: 2 } }))
    await turn()
    expect([a!.hooks.signal.aborted, b!.hooks.signal.aborted]).toEqual([true, false])
    expect(engine.counters().aborts).toBe(1)
    a!.cancel()
    b!.release()
    await turn()
    transport.held[0]!.release()
    expect(await settling).toMatchObject({ ran: 2 })
    expect(engine.counters().execs).toBe(3)
  })

  it("C1, P1: what ends after an edit upstream, before it is planned, is not shown for the new revision", async () => {
    const store = memoryStore(systemClock)
    const transport = heldTransport(store, 2)
    let pause = Promise.resolve()
    const { engine, out } = testEngine({ store, transport, codeVersion: async (kind) => (await pause, kind.title) })
    const graph = (a: number, b: number) => graphOf({ a: { kind: sum, add: a }, b: { kind: sum, add: b, from: ["a"] } })
    const releaseAll = async (): Promise<void> => {
      for (let i = 0; i < 6; i++) {
        await turn()
        for (const job of [...transport.held]) job.release()
      }
    }
    engine.commit(graph(1, 1))
    const first = engine.settle()
    await releaseAll()
    await first
    engine.commit(graph(1, 2))
    const settling = engine.settle()
    await turn()
    await turn()
    // The sources are looked at while the work ends.
    let goOn = (): void => undefined
    pause = new Promise((resolve) => (goOn = resolve))
    engine.commit(graph(5, 2))
    transport.held[0]!.release()
    await turn()
    await turn()
    goOn()
    const last = engine.settle()
    await releaseAll()
    await Promise.all([settling, last])
    expect([await out("a"), await out("b")]).toEqual([5, 7])
  })

  it("C1: two nodes that swap their params, or a node that is renamed, restart nothing", async () => {
    const { engine, transport } = running()
    engine.commit(graphOf({ a: { kind: sum, add: 1 }, b: { kind: sum, add: 2 } }))
    const settling = engine.settle()
    await turn()
    engine.commit(graphOf({ a: { kind: sum, add: 2 }, other: { kind: sum, add: 1 } }))
    await turn()
    await turn()
    expect(transport.held.map(({ hooks }) => hooks.signal.aborted)).toEqual([false, false])
    for (const job of [...transport.held]) job.release()
    expect(await settling).toMatchObject({ ran: 2 })
    expect(engine.counters()).toMatchObject({ execs: 2, aborts: 0 })
  })

  it("C2: a result that comes late is kept under its key, and not shown for the wrong revision", async () => {
    const { engine, transport, events, out } = running()
    engine.commit(graphOf({ a: { kind: sum, add: 1 } }))
    const settling = engine.settle()
    await turn()
    engine.commit(graphOf({ a: { kind: sum, add: 2 } }))
    await turn()
    transport.held[0]!.release()
    await turn()
    await turn()
    expect(events.filter(({ type }) => type === "outcome")).toEqual([])
    transport.held[0]!.release()
    await settling
    expect(await out("a")).toBe(2)
    engine.commit(graphOf({ a: { kind: sum, add: 1 } }))
    expect(await engine.settle()).toMatchObject({ ran: 0, reused: 1 })
    expect(await out("a")).toBe(1)
  })

  it("C1: wanted again while it is being stopped: a result that comes is taken, else it runs anew", async () => {
    for (const obeys of [true, false]) {
      const { engine, transport } = running()
      engine.commit(graphOf({ a: { kind: sum, add: 1 } }))
      const settling = engine.settle()
      await turn()
      engine.commit(graphOf({ b: { kind: sum, add: 2 } }))
      await turn()
      engine.commit(graphOf({ a: { kind: sum, add: 1 } }))
      await turn()
      const [first] = transport.held
      if (obeys) first!.cancel()
      else first!.release()
      transport.held.find(({ job }) => job.params["add"] === 2)!.cancel()
      for (let i = 0; i < 4; i++) await turn()
      transport.held[0]?.release()
      expect(await settling).toMatchObject({ cancelled: 0, failed: 0 })
      expect(engine.counters().execs).toBe(obeys ? 3 : 2)
    }
  })

  it("C1: an edit upstream lets work go on whose key comes out the same", async () => {
    const graph = (add: number): Graph => graphOf({ a: { kind: sum, add }, b: { kind: third, from: ["a"] }, c: { kind: sum, from: ["b"] } })
    const { engine, transport } = running()
    engine.commit(graph(3))
    const settling = engine.settle()
    for (let i = 0; i < 2; i++) {
      await turn()
      transport.held[0]!.release()
      await turn()
    }
    await turn()
    const c = transport.held[0]!
    engine.commit(graph(4))
    for (let i = 0; i < 2; i++) {
      await turn()
      transport.held[1]!.release()
      for (let j = 0; j < 3; j++) await turn()
    }
    expect(c.hooks.signal.aborted).toBe(false)
    c.release()
    expect(await settling).toMatchObject({ ran: 3 })
    expect(engine.counters()).toMatchObject({ execs: 5, aborts: 0 })
  })

  it("C5: work that may be unwanted makes room for work that is wanted for certain", async () => {
    const graph = (add: number): Graph => graphOf({ a: { kind: sum, add }, b: { kind: sum, add: 100, from: ["a"] } })
    const { engine, transport } = running(1)
    engine.commit(graph(3))
    const settling = engine.settle()
    await turn()
    transport.held[0]!.release()
    for (let i = 0; i < 3; i++) await turn()
    const b = transport.held[0]!
    engine.commit(graph(4))
    for (let i = 0; i < 3; i++) await turn()
    expect(b.hooks.signal.aborted).toBe(true)
    b.cancel()
    for (let i = 0; i < 6; i++) {
      await turn()
      transport.held[0]?.release()
    }
    expect(await settling).toMatchObject({ ran: 2 })
  })

  it("C3: cancel stops everything, and who waits learns what was cancelled; the next settle goes on", async () => {
    const { engine, transport } = running(1)
    engine.commit(graphOf({ a: { kind: sum, add: 1 }, b: { kind: sum, add: 2, from: ["a"] } }))
    const settling = engine.settle()
    await turn()
    const cancelling = engine.cancel()
    await turn()
    transport.held[0]!.cancel()
    await cancelling
    expect(await settling).toMatchObject({ ran: 0, cancelled: 2 })
    const again = engine.settle()
    for (let i = 0; i < 6; i++) {
      await turn()
      transport.held[0]?.release()
    }
    expect(await again).toMatchObject({ ran: 2, cancelled: 0 })
  })
})

describe("cores", () => {
  const wide = arithmetic("test/wide", 1, (x) => x, { cores: 4 })
  const start = async (graph: Graph, capacity: number) => {
    const store = memoryStore(systemClock)
    const transport = heldTransport(store, capacity)
    const { engine } = testEngine({ store, transport })
    engine.commit(graph)
    const settling = engine.settle()
    await turn()
    return { transport, settling }
  }

  it("P7: one ready node gets all the cores it can use; two share; none gets less than one", async () => {
    const threads = async (nodes: number, capacity: number) => {
      const rows = Object.fromEntries(Array.from({ length: nodes }, (_, i) => [`n${i}`, { kind: wide, add: i }]))
      return (await start(graphOf(rows), capacity)).transport.held.map(({ hooks }) => hooks.threads).sort((a, b) => b - a)
    }
    expect(await threads(1, 2)).toEqual([2])
    expect(await threads(1, 8)).toEqual([4])
    expect(await threads(2, 2)).toEqual([1, 1])
    expect(await threads(2, 4)).toEqual([3, 1])
    expect(await threads(3, 2)).toEqual([1, 1])
  })

  it("P6: the longest chain first", async () => {
    const { transport } = await start(
      graphOf({ short: { kind: sum, add: 1 }, long: { kind: sum, add: 2 }, next: { kind: sum, from: ["long"] }, last: { kind: sum, from: ["next"] } }),
      1,
    )
    expect(transport.held.map(({ job }) => job.params["add"])).toEqual([2])
  })

  it("P7: nodes of no cores run beside the rest", async () => {
    const beside = arithmetic("test/beside", 1, (x) => x, { cores: 0 })
    const { transport } = await start(graphOf({ a: { kind: wide, add: 1 }, b: { kind: beside, add: 1 }, c: { kind: beside, add: 2 } }), 1)
    expect(transport.held.map(({ hooks }) => hooks.threads).sort()).toEqual([0, 0, 1])
  })
})
