/** Inputs that may not be needed: what ran is counted. SPEC G10, K11, P11. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { defineKind, integer, lazy, many, memoryStore, one, systemClock, type Kind, type Node } from "#src"
import { graphOf, number, sum, third, type Row } from "./small-graph.ts"
import { heldTransport, testEngine, turn } from "./test-engine.ts"

/** Adds those of its inputs whose bit is set in `mask`; `switch`, where there is one, is the mask. */
const choose = defineKind({
  id: "test/choose",
  module: import.meta.url,
  title: "test/choose@1",
  params: { mask: integer({ min: -1, max: 255, default: -1, doc: "Bits of the inputs that are added; -1: those of the switch" }) },
  inputs: { switch: many(number), from: lazy(many(number)) },
  outputs: { out: number },
  needs: ({ mask }, { from }, inputs) => {
    const bits = mask < 0 ? inputs?.switch.reduce((a, b) => a + b, 0) : mask
    return bits === undefined ? undefined : { from: Array.from({ length: from }, (_, i) => ((bits >> i) & 1) === 1) }
  },
  run: ({ from }) => ({ out: from.reduce<number>((all, x) => all + (x ?? 0), 0) }),
})

const chosen = (mask: number, from: readonly string[], by: string): Node => ({
  path: "chosen",
  kind: choose as never,
  params: { mask },
  inputs: { switch: [{ node: by, port: "out" }], from: from.map((node) => ({ node, port: "out" })) },
  knobs: {},
  salt: "",
})

/** Two branches of two nodes each, and a switch behind a node of its own. */
const branches = (mask: number, by = 0, left = 10, rows: Readonly<Record<string, Row>> = {}) => {
  const graph = graphOf({ by: { kind: sum, add: by }, switch: { kind: sum, from: ["by"] }, left: { kind: sum, add: left }, l: { kind: third, from: ["left"] }, right: { kind: sum, add: 60 }, r: { kind: third, from: ["right"] }, ...rows })
  return { ...graph, nodes: new Map([...graph.nodes, ["chosen", chosen(mask, ["l", "r"], "switch")]]) }
}

describe("lazy inputs", () => {
  it("P11: decided by params, a branch without weight never runs, and moving the weight runs what is needed then", async () => {
    const { engine, started, out } = testEngine()
    engine.commit(branches(2))
    expect(await engine.settle()).toMatchObject({ ran: 5 })
    expect([...started()].sort()).toEqual(["by", "chosen", "r", "right", "switch"])
    expect(engine.outcome("l")).toBeUndefined()
    expect(await out("chosen")).toBe(20)
    const before = engine.counters()
    expect(await engine.settle()).toMatchObject({ ran: 0, reused: 0 })
    expect(engine.counters()).toEqual(before)
    engine.commit(branches(3))
    expect(await engine.settle()).toMatchObject({ ran: 3 })
    expect(await out("chosen")).toBe(23)
    engine.commit(branches(2))
    expect(await engine.settle()).toMatchObject({ ran: 0, reused: 1 })
  })

  it("K11: what is not needed is not in the key: its edits run nothing, and results are shared", async () => {
    const { engine, started } = testEngine()
    engine.commit(branches(2))
    await engine.settle()
    const count = started().length
    engine.commit(branches(2, 0, 50))
    expect(await engine.settle()).toMatchObject({ ran: 0 })
    expect(started()).toHaveLength(count)
    // Somebody else needs the branch: it runs for that.
    engine.commit(branches(2, 0, 50, { other: { kind: sum, add: 1, from: ["left"] } }))
    expect(await engine.settle()).toMatchObject({ ran: 2 })
    expect(started().slice(count)).toEqual(["left", "other"])
  })

  it("P11: decided by the value of another input, one step later", async () => {
    const { engine, started, out } = testEngine()
    engine.commit(branches(-1, 2))
    expect(await engine.settle()).toMatchObject({ ran: 5 })
    expect([...started()].sort()).toEqual(["by", "chosen", "r", "right", "switch"])
    expect(started().indexOf("right")).toBeGreaterThan(started().indexOf("switch"))
    expect(await out("chosen")).toBe(20)
    engine.commit(branches(-1, 1))
    expect(await engine.settle(["chosen"])).toMatchObject({ ran: 5 })
    expect(await out("chosen")).toBe(3)
    // Cut off: the switch comes out as before.
    engine.commit({ ...branches(-1, 1), nodes: new Map([...branches(-1, 1).nodes].map(([path, node]) => [path, path === "by" ? { ...node, salt: "other" } : node])) })
    expect(await engine.settle()).toMatchObject({ ran: 0 })
  })

  it("P11: work for a branch that loses its weight is stopped; while that is open, it goes on", async () => {
    const store = memoryStore(systemClock)
    const transport = heldTransport(store, 4)
    const { engine, out } = testEngine({ store, transport })
    const letGo = async (path: string) => {
      for (let i = 0; i < 5; i++) await turn()
      transport.held.find(({ job }) => job.params["add"] === { by: 1, left: 10, right: 60 }[path])?.release()
      for (let i = 0; i < 5; i++) await turn()
    }
    const inFlight = () => transport.held.filter(({ hooks }) => !hooks.signal.aborted).map(({ job }) => job.params["add"])
    engine.commit(branches(3))
    const settled = engine.settle(["chosen"])
    await letGo("nothing")
    expect(inFlight()).toEqual(expect.arrayContaining([0, 10, 60]))
    // Now the switch decides, and it has to be computed anew.
    engine.commit(branches(-1, 1))
    await letGo("nothing")
    expect([...inFlight()].sort()).toEqual([1, 10, 60])
    await letGo("by")
    transport.held.find(({ job, hooks }) => job.params["add"] === 0 && !hooks.signal.aborted)?.release()
    await letGo("nothing")
    expect(inFlight()).toEqual([10])
    for (let i = 0; i < 20; i++) {
      transport.held[0]?.release()
      await turn()
    }
    await settled
    expect(await out("chosen")).toBe(3)
  })

  it("E2: a branch that is not needed may fail", async () => {
    const broken = graphOf({ switch: { kind: sum }, l: { kind: { ...sum, id: "test/broken", run: () => { throw new Error("broken") } } as Kind }, r: { kind: sum, add: 4 } })
    const { engine } = testEngine()
    const graph = (mask: number) => ({ ...broken, nodes: new Map([...broken.nodes, ["chosen", chosen(mask, ["l", "r"], "switch")]]) })
    engine.commit(graph(2))
    expect(await engine.settle(["chosen"])).toMatchObject({ ran: 3, failed: 0, blocked: 0 })
    engine.commit(graph(3))
    expect(await engine.settle(["chosen"])).toMatchObject({ failed: 1, blocked: 1 })
  })

  it("G10: a kind whose needs throws needs everything; a lazy input of one edge is undefined when it is not needed", async () => {
    const single = defineKind({
      id: "test/single",
      module: import.meta.url,
      title: "test/single@1",
      params: choose.params,
      inputs: { switch: one(number), from: lazy(one(number)) },
      outputs: { out: number },
      needs: ({ mask }) => ({ from: mask === 1 }),
      run: ({ from }) => ({ out: from ?? -1 }),
    })
    const throws = defineKind({ ...choose, id: "test/throws", needs: () => { throw new Error("no") } })
    const { engine, out } = testEngine()
    const graph = (kind: unknown, mask: number, from: readonly string[]) => {
      const nodes = branches(0).nodes
      return { ...branches(0), nodes: new Map([...nodes, ["chosen", { ...chosen(mask, from, "switch"), kind: kind as Node["kind"] }]]) }
    }
    engine.commit(graph(single, 0, ["l"]))
    expect(await engine.settle()).toMatchObject({ ran: 5 })
    expect(await out("chosen")).toBe(-1)
    expect(engine.outcome("l")).toBeUndefined()
    engine.commit(graph(single, 1, ["l"]))
    await engine.settle(["chosen"])
    expect(await out("chosen")).toBe(3)
    engine.commit(graph(throws, 0, ["l", "r"]))
    await engine.settle(["chosen"])
    expect(await out("chosen")).toBe(23)
  })

  it("P5, P11: sessions of edits end as if computed from scratch, and run only what some graph needed", async () => {
    const state = fc.record({ mask: fc.integer({ min: -1, max: 3 }), by: fc.integer({ min: 0, max: 3 }), left: fc.constantFrom(10, 50), all: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 6 }), async (states) => {
        const { engine, out, started } = testEngine()
        const runs = new Set<string>()
        for (const { mask, by, left, all } of states) {
          engine.commit(branches(mask, by, left))
          expect(await engine.settle(all ? undefined : ["chosen"])).toMatchObject({ failed: 0, blocked: 0, cancelled: 0 })
          const bits = mask < 0 ? by : mask
          expect(await out("chosen")).toBe((bits & 1 ? Math.floor(left / 3) : 0) + (bits & 2 ? 20 : 0))
          if (bits & 1) runs.add(`left ${left}`).add(`l ${left}`)
          if (bits & 2) runs.add("right").add("r")
        }
        const lefts = started().filter((path) => path !== "by" && path !== "switch" && path !== "chosen")
        // Nodes of one kind with equal params share a result.
        expect(lefts.length).toBeLessThanOrEqual(runs.size)
      }),
      { numRuns: 200 },
    )
  })
})
