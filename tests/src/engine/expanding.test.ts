/** Nodes that become sub-graphs while running: what ran is counted. SPEC G11, P19. */
import fc from "fast-check"
import * as t from "io-ts"
import { describe, expect, it } from "vitest"
import { defineExpansion, defineKind, integer, jsonPort, lazy, one, structured, type Graph, type Kind, type Node } from "#src"
import { number, sum, type Row } from "./small-graph.ts"
import { graphOf } from "./small-graph.ts"
import { testEngine } from "./test-engine.ts"

const stagesPort = jsonPort("stages", t.readonlyArray(t.number))
const base = { module: import.meta.url, title: "test@1" }
const schedule = defineKind({
  ...base,
  id: "test/schedule",
  params: { adds: structured(t.readonlyArray(t.number), { default: [], doc: "One number a stage", expected: "numbers" }) },
  inputs: {},
  outputs: { stages: stagesPort },
  run: (_, { adds }) => ({ stages: adds }),
})
const stage = defineKind({
  ...base,
  id: "test/stage",
  params: { add: integer({ min: -99, max: 99, doc: "Added" }) },
  inputs: { from: one(number) },
  outputs: { out: number },
  run: ({ from }, { add }) => {
    if (add === 13) throw new Error("thirteen")
    return { out: from * 2 + add }
  },
})
/** As many stages in a row as the schedule has numbers. */
const grow = defineExpansion({
  ...base,
  id: "test/grow",
  params: {},
  inputs: { stages: one(stagesPort), from: lazy(one(number)) },
  outputs: { out: number },
  expand: (g, _, { stages }, { from }) => {
    let last = from
    stages.forEach((add, i) => (last = g.add(`${i}`, stage, { add }, { from: last }).out))
    return { out: last }
  },
})
/** One `grow` inside another. */
const nested = defineExpansion({ ...base, id: "test/nested", params: {}, inputs: grow.inputs, outputs: { out: number }, expand: (g, _, __, wires) => g.add("inner", grow, {}, wires) })
const draw = defineKind({ ...base, id: "test/draw", params: {}, inputs: { from: one(number) }, outputs: { out: number }, seeded: true, run: ({ from }, {}, { random }) => ({ out: from + random.words(0)[0] }) })
const drawInside = defineExpansion({ ...base, id: "test/draw-inside", params: {}, seeded: true, inputs: grow.inputs, outputs: { out: number }, expand: (g, _, __, { from }) => g.add("draw", draw, {}, { from }, { salt: "own" }) })
const nestedDraw = defineExpansion({ ...base, id: "test/nested-draw", params: {}, seeded: true, inputs: grow.inputs, outputs: { out: number }, expand: (g, _, __, wires) => g.add("inner", drawInside, {}, wires) })
const broken = defineExpansion({ ...base, id: "test/broken", params: {}, inputs: grow.inputs, outputs: { out: number }, expand: (g, _, { stages }, { from }) => g.add("x y", stage, { add: stages.length }, { from }) })

const graph = (adds: readonly number[], start = 1, kind: Kind = grow as unknown as Kind, more: Readonly<Record<string, Row>> = {}, controls: Partial<Node> = {}): Graph => {
  const rows = graphOf({ start: { kind: sum, add: start } })
  const nodes: Node[] = [
    ...rows.nodes.values(),
    { path: "schedule", kind: schedule as unknown as Node["kind"], params: { adds }, inputs: {}, knobs: {}, salt: "" },
    { path: "grow", kind: kind as unknown as Node["kind"], params: {}, inputs: { stages: [{ node: "schedule", port: "stages" }], from: [{ node: "start", port: "out" }] }, knobs: {}, salt: "", ...controls },
    { ...graphOf({ last: { kind: sum, add: 100 } }).nodes.get("last")!, inputs: { from: [{ node: "grow", port: "out" }] } },
    ...graphOf(more).nodes.values(),
  ]
  return { name: "small", params: {}, nodes: new Map(nodes.map((node) => [node.path, node])) }
}
const value = (adds: readonly number[], start = 1): number => adds.reduce((x, add) => x * 2 + add, start) + 100

describe("expanding nodes", () => {
  it("P19: become nodes at path/inner, as many as the data says; an edit inside runs only what follows it", async () => {
    const { engine, started, out } = testEngine()
    engine.commit(graph([1, 2, 3]))
    expect(await engine.settle()).toMatchObject({ ran: 6, expanded: 1, failed: 0 })
    expect([...started()].sort()).toEqual(["grow/0", "grow/1", "grow/2", "last", "schedule", "start"])
    expect(engine.outcome("grow")).toMatchObject({ state: "held", by: "expansion" })
    expect(await out("last")).toBe(value([1, 2, 3]))
    const before = engine.counters()
    expect(await engine.settle()).toMatchObject({ ran: 0 })
    expect(engine.counters()).toEqual(before)
    // The second stage becomes another one, and a fourth follows.
    engine.commit(graph([1, 5, 3, 4]))
    const count = started().length
    expect(await engine.settle()).toMatchObject({ ran: 5, reused: 0 })
    expect([...started().slice(count)].sort()).toEqual(["grow/1", "grow/2", "grow/3", "last", "schedule"])
    expect(await out("last")).toBe(value([1, 5, 3, 4]))
    // Back: everything is known. What was inside and is no more is gone.
    engine.commit(graph([1, 2, 3]))
    expect(await engine.settle()).toMatchObject({ ran: 0, failed: 0 })
    let phase: unknown
    engine.state$("grow/3").subscribe((state) => (phase = state.phase))
    expect(phase).toBe("gone")
  })

  it("P19: what only passes through is needed by those inside; equal values keep everything", async () => {
    const { engine, started, out } = testEngine()
    engine.commit(graph([]))
    expect(await engine.settle(["last"])).toMatchObject({ ran: 3 })
    engine.commit(graph([1], 4))
    expect(await engine.settle(["last"])).toMatchObject({ ran: 4 })
    expect(await out("last")).toBe(value([1], 4))
    const count = started().length
    engine.commit(graph([1], 5))
    expect(await engine.settle(["last"])).toMatchObject({ ran: 3 })
    expect(started().slice(count)).toEqual(["start", "grow/0", "last"])
    expect(await out("last")).toBe(value([1], 5))
  })

  it("K7: nodes inside a seeded one have its salt, before their own", async () => {
    const { engine, out, started } = testEngine()
    const drawing = nestedDraw as unknown as Kind
    const drawn = async (salt: string): Promise<unknown> => {
      engine.commit(graph([1], 1, drawing, {}, { salt }))
      expect(await engine.settle()).toMatchObject({ failed: 0 })
      return out("last")
    }
    const first = await drawn("")
    const other = await drawn("a")
    expect(other).not.toBe(first)
    expect([await drawn("b"), await drawn("a"), await drawn("")].map((one) => [first, other].includes(one as number))).toEqual([false, true, true])
    expect(started().filter((path) => path === "grow/inner/draw").length).toBe(3)
  })

  it("P19: inside one another", async () => {
    const { engine, out, started } = testEngine()
    engine.commit(graph([1, 2], 1, nested as unknown as Kind))
    expect(await engine.settle()).toMatchObject({ expanded: 2, failed: 0 })
    expect(started()).toContain("grow/inner/1")
    expect(await out("last")).toBe(value([1, 2]))
    engine.commit(graph([1, 3], 1, nested as unknown as Kind))
    expect(await engine.settle()).toMatchObject({ ran: 3, failed: 0 })
    expect(await out("last")).toBe(value([1, 3]))
  })

  it("E2, G11: what fails inside blocks what is outside; a wrong expansion is the node's failure, in words", async () => {
    const { engine } = testEngine()
    engine.commit(graph([1, 13, 2]))
    expect(await engine.settle()).toMatchObject({ failed: 1, blocked: 3 })
    expect(engine.outcome("last")).toEqual({ state: "blocked", cause: "grow/1" })
    engine.commit(graph([1], 1, broken as unknown as Kind))
    expect(await engine.settle()).toMatchObject({ failed: 1, blocked: 1 })
    expect(engine.outcome("grow")).toMatchObject({ state: "failed", message: expect.stringContaining('"grow/x y": expected a path') })
    engine.commit(graph([1], 1, grow as unknown as Kind, { "grow/0": { kind: sum } }))
    expect(await engine.settle()).toMatchObject({ failed: 1 })
    expect(engine.outcome("grow")).toMatchObject({ state: "failed", message: expect.stringContaining("there is one of that path") })
  })

  it("P12, P13: switched off it has nothing inside; pinned it keeps what it gave", async () => {
    const { engine, started, out } = testEngine()
    engine.commit(graph([1, 2]))
    await engine.settle()
    const count = started().length
    engine.commit(graph([3, 4], 1, undefined, {}, { controls: { disabled: true } }))
    expect(await engine.settle()).toMatchObject({ ran: 1, off: 2 })
    engine.commit(graph([1, 2]))
    expect(await engine.settle()).toMatchObject({ ran: 0, failed: 0 })
    expect(await out("last")).toBe(value([1, 2]))
    engine.commit(graph([5, 6, 7], 1, undefined, {}, { controls: { pin: {} } }))
    expect(await engine.settle(["last"])).toMatchObject({ ran: 0, held: 1 })
    expect(started()).toHaveLength(count + 1)
  })

  it("P5, P19: sessions of edits end as if computed from scratch, each key once", async () => {
    const state = fc.record({ adds: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 }), start: fc.integer({ min: 0, max: 1 }), deep: fc.boolean(), all: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 6 }), async (states) => {
        const { engine, out, events } = testEngine()
        for (const { adds, start, deep, all } of states) {
          engine.commit(graph(adds, start, (deep ? nested : grow) as unknown as Kind))
          expect(await engine.settle(all ? undefined : ["last"])).toMatchObject({ failed: 0, blocked: 0, cancelled: 0 })
          expect(await out("last")).toBe(value(adds, start))
        }
        const keys = events.flatMap((event) => (event.type === "started" ? [event.key] : []))
        expect(new Set(keys).size).toBe(keys.length)
      }),
      { numRuns: 150 },
    )
  })
})
