/** What a page needs of an engine besides events: one stream of changed states, another seed, and a core for what somebody touches. */
import { describe, expect, it } from "vitest"
import { memoryStore, systemClock, type Kind } from "#src"
import { arithmetic, graphOf, sum } from "./small-graph.ts"
import { heldTransport, testEngine, turns } from "./test-engine.ts"

describe("states of all nodes", () => {
  it("R4: an edit is told of every node that it may reach, before anything runs", async () => {
    const { engine } = testEngine()
    const rows = { a: { kind: sum, add: 1 }, b: { kind: sum, from: ["a"] }, c: { kind: sum, from: ["b"] }, d: { kind: sum, add: 2 } }
    engine.commit(graphOf(rows))
    await engine.settle()
    const told = new Set<string>()
    engine.changes$.subscribe((path) => told.add(path))
    engine.commit(graphOf({ ...rows, a: { kind: sum, add: 5 } }))
    expect([...told].sort()).toEqual(["a", "b", "c"])
    expect(["a", "b", "c", "d"].map((path) => engine.state(path).phase)).toEqual(["stale", "stale", "stale", "clean"])
    await engine.settle()
    expect(engine.state("c")).toMatchObject({ phase: "clean", revision: 2 })
    expect(engine.node("a")?.params).toEqual({ add: 5 })
    expect(engine.node("x")).toBeUndefined()
  })
})

describe("random streams", () => {
  it("K7: are those of the seed forked by kind: two kinds do not draw the same, two nodes of one kind do", async () => {
    const drawing = (id: string) =>
      arithmetic(id, 1, (x) => x, {
        seeded: true,
        run: (_: object, { add }: { readonly add: number }, { random }: { readonly random: { uniform: (i: number) => number } }) => ({ out: random.uniform(0) + 0 * add }),
      } as Partial<Kind>)
    const [one, other] = [drawing("test/one"), drawing("test/other")]
    const { engine, out } = testEngine()
    engine.commit(graphOf({ a: { kind: one }, b: { kind: one, add: 1 }, c: { kind: other }, d: { kind: one, salt: "salted" } }))
    await engine.settle()
    const [a, b, c, d] = [await out("a"), await out("b"), await out("c"), await out("d")]
    expect(b).toBe(a)
    expect(new Set([a, c, d]).size).toBe(3)
  })
})

describe("another seed", () => {
  it("R8: what depends on the seed runs again, and going back is a hit", async () => {
    const draw = arithmetic("test/draw", 1, (x) => x, {
      seeded: true,
      run: (_: object, __: object, { random }: { readonly random: { uniform: (i: number) => number } }) => ({ out: random.uniform(0) }),
    } as Partial<Kind>)
    const { engine, out } = testEngine()
    engine.commit(graphOf({ a: { kind: draw }, b: { kind: sum, add: 1 }, c: { kind: sum, from: ["b"] } }))
    await engine.settle()
    const first = await out("a")
    engine.reseed(2)
    expect(await engine.settle()).toMatchObject({ ran: 1 })
    expect(await out("a")).not.toBe(first)
    engine.reseed(1)
    expect(await engine.settle()).toMatchObject({ ran: 0, reused: 1 })
    expect(await out("a")).toBe(first)
  })
})

describe("a spare core", () => {
  const two = (spareCores?: number) => {
    const store = memoryStore(systemClock)
    const transport = heldTransport(store, 1)
    return { transport, ...testEngine({ store, transport, ...(spareCores === undefined ? {} : { spareCores }) }) }
  }
  const graph = graphOf({ slow: { kind: sum, add: 1 }, other: { kind: sum, add: 2 }, touched: { kind: sum, add: 3 } })

  it("P20: interactive work does not wait for a core that other work has", async () => {
    const { engine, transport } = two(1)
    engine.commit(graph)
    void engine.settle(["slow", "other"])
    await turns(10)
    expect(transport.held).toHaveLength(1)
    void engine.settle(["touched"], "interactive")
    await turns(10)
    expect(transport.held).toHaveLength(2)
    for (const job of [...transport.held]) job.release()
    await turns(10)
    expect(transport.held).toHaveLength(1)
    transport.held[0]?.release()
    await turns(10)
    await engine.close()
  })

  it("P20: without one it waits its turn", async () => {
    const { engine, transport } = two()
    engine.commit(graph)
    void engine.settle(["slow"])
    await turns(10)
    void engine.settle(["touched"], "interactive")
    await turns(10)
    expect(transport.held).toHaveLength(1)
    transport.held[0]?.release()
    await turns(10)
    expect(transport.held).toHaveLength(1)
    transport.held[0]?.release()
    await turns(10)
    await engine.close()
  })
})
