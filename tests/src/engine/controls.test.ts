/** What controls do: each is an edit, and what ran is counted. SPEC P12-P16, K9, K10. */
import * as E from "fp-ts/lib/Either.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hashBytes, memoryStore, systemClock, type Controls, type Graph } from "#src"
import { graphToJson } from "../../../src/graph/json.ts"
import { arithmetic, fragile, graphOf, number, sum, type Row } from "./small-graph.ts"
import { heldTransport, testEngine, turn } from "./test-engine.ts"

type Rows = { readonly [path: string]: Row }
const passes = arithmetic("test/passes", 1, (x) => x * 10, { passes: { out: "from" } } as object)

/** The rows with controls on some nodes. */
const controlled = (rows: Rows, controls: { readonly [path: string]: Controls }): Graph =>
  graphOf(Object.fromEntries(Object.entries(rows).map(([path, row]) => [path, path in controls ? { ...row, controls: controls[path]! } : row])))

const line: Rows = { a: { kind: sum, add: 1 }, b: { kind: passes, from: ["a"] }, c: { kind: sum, add: 3, from: ["b"] } }

describe("disabled nodes", () => {
  it("P12: are off with what needs them; lists of edges go on without them", async () => {
    const rows: Rows = { ...line, join: { kind: sum, from: ["a", "c"] }, after: { kind: sum, add: 7, from: ["join"] } }
    const { engine, outcomes, started, out } = testEngine()
    engine.commit(controlled(rows, { b: { disabled: true } }))
    expect(await engine.settle()).toMatchObject({ ran: 3, off: 2 })
    expect(outcomes()).toEqual({ a: "ran", b: "off", c: "off", join: "ran", after: "ran" })
    expect(engine.outcome("c")).toEqual({ state: "off", cause: "b" })
    expect(await out("join")).toBe(1)
    engine.commit(graphOf(rows))
    expect(await engine.settle()).toMatchObject({ ran: 4, reused: 0, off: 0 })
    engine.commit(controlled(rows, { b: { disabled: true } }))
    expect(await engine.settle()).toMatchObject({ ran: 0, reused: 2, off: 2 })
    expect(started()).toHaveLength(7)
  })

  it("P12: stop what runs for them alone", async () => {
    const store = memoryStore(systemClock)
    const transport = heldTransport(store, 2)
    const { engine, outcomes } = testEngine({ store, transport })
    engine.commit(graphOf({ a: { kind: sum, add: 1 } }))
    const settled = engine.settle()
    for (let i = 0; i < 5; i++) await turn()
    engine.commit(controlled({ a: { kind: sum, add: 1 } }, { a: { disabled: true } }))
    await settled
    for (let i = 0; i < 5; i++) await turn()
    expect(transport.held[0]?.hooks.signal.aborted).toBe(true)
    expect(outcomes()).toEqual({ a: "off" })
    transport.held[0]?.cancel()
  })

  it("P12: the graph gives what it would give without them", async () => {
    const cell = fc.record({ from: fc.array(fc.nat(7), { maxLength: 3 }), add: fc.nat(3), disabled: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 8 }), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), async (cells, again) => {
        const sourcesOf = (i: number): readonly number[] => (i === 0 ? [] : cells[i]!.from.map((offset) => offset % i))
        const rowsFor = (isDisabled: (i: number) => boolean): Rows =>
          Object.fromEntries(cells.map(({ add }, i) => [`n${i}`, { kind: sum, add, from: sourcesOf(i).map((j) => `n${j}`), ...(isDisabled(i) ? { controls: { disabled: true } } : {}) }]))
        const { engine } = testEngine()
        for (const isDisabled of [(i: number) => cells[i]!.disabled, (i: number) => again[i]!, () => false]) {
          engine.commit(graphOf(rowsFor(isDisabled)))
          await engine.settle()
          // Written out: what is off is not there, and neither are edges from it.
          const off = new Set<number>()
          cells.forEach((_, i) => {
            const sources = sourcesOf(i)
            if (isDisabled(i) || (sources.length > 0 && sources.every((j) => off.has(j)))) off.add(i)
          })
          const alone = testEngine()
          const rest = cells.map((cell, i) => [`n${i}`, { kind: sum, add: cell.add, from: sourcesOf(i).filter((j) => !off.has(j)).map((j) => `n${j}`) }] as const).filter((_, i) => !off.has(i))
          alone.engine.commit(graphOf(Object.fromEntries(rest)))
          await alone.engine.settle()
          cells.forEach((_, i) => {
            const outcome = engine.outcome(`n${i}`)
            if (off.has(i)) return expect(outcome?.state).toBe("off")
            expect((outcome as { readonly key?: string }).key).toBe((alone.engine.outcome(`n${i}`) as { readonly key?: string }).key)
          })
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe("pinned nodes", () => {
  it("P13: keep the output they have, and nothing upstream runs for them", async () => {
    const { engine, started, outcomes, out } = testEngine()
    engine.commit(graphOf(line))
    await engine.settle()
    const pinned = { b: { pin: { reason: "as published" } } }
    engine.commit(controlled({ ...line, a: { kind: sum, add: 5 }, c: { kind: sum, add: 4, from: ["b"] } }, pinned))
    expect(await engine.settle()).toMatchObject({ ran: 1, held: 1 })
    expect(started()).toEqual(["a", "b", "c", "c"])
    expect(engine.outcome("b")).toMatchObject({ state: "held", by: "pin", reason: "as published" })
    expect(await out("c")).toBe(14)
    engine.commit(graphOf({ ...line, a: { kind: sum, add: 5 } }))
    await engine.settle()
    expect(await out("c")).toBe(53)
    expect(outcomes()).toEqual({ a: "ran", b: "ran", c: "ran" })
  })

  it("P13: keep in another process what they had, and take any contents of the store", async () => {
    const store = memoryStore(systemClock)
    const first = testEngine({ store })
    first.engine.commit(graphOf(line))
    await first.engine.settle()
    const next = testEngine({ store })
    next.engine.commit(controlled({ ...line, a: { kind: sum, add: 5 } }, { b: { pin: {} } }))
    expect(await next.engine.settle()).toMatchObject({ ran: 0, held: 1, reused: 1 })
    const put = await store.blobs.put(number.encode(40))
    if (E.isLeft(put)) throw new Error("not stored")
    next.engine.commit(controlled(line, { b: { pin: { outputs: { out: put.right } } } }))
    expect(await next.engine.settle()).toMatchObject({ ran: 1, held: 1 })
    expect(await next.out("c")).toBe(43)
    next.engine.commit(controlled(line, { b: { pin: { outputs: { out: { hash: hashBytes("gone"), bytes: 4 } } } } }))
    expect(await next.engine.settle()).toMatchObject({ ran: 0, failed: 1, blocked: 1 })
    expect(next.engine.outcome("b")).toMatchObject({ state: "failed", message: expect.stringContaining("not in the store") })
  })

  it("P13: run once when they have nothing to keep", async () => {
    const { engine, started } = testEngine()
    engine.commit(controlled(line, { b: { pin: {} } }))
    await engine.settle()
    engine.commit(controlled({ ...line, b: { kind: passes, add: 7, from: ["a"] } }, { b: { pin: {} } }))
    expect(await engine.settle()).toMatchObject({ ran: 0, held: 1 })
    expect(started()).toEqual(["a", "b", "c"])
  })
})

describe("gates", () => {
  it("P14: wait with what depends on them, name the gate, and run when it is opened", async () => {
    const rows: Rows = { ...line, beside: { kind: sum, from: ["a"] }, last: { kind: sum, from: ["c"] } }
    const { engine, started, outcomes } = testEngine()
    engine.commit(controlled(rows, { b: { gate: "closed" } }))
    expect(await engine.settle()).toMatchObject({ ran: 2, gated: 3 })
    expect(outcomes()).toEqual({ a: "ran", beside: "ran", b: "gated", c: "gated", last: "gated" })
    expect(engine.outcome("last")).toEqual({ state: "gated", cause: "b" })
    engine.commit(controlled(rows, { b: { gate: "open" } }))
    expect(await engine.settle()).toMatchObject({ ran: 3, gated: 0 })
    expect(started()).toEqual(["a", "beside", "b", "c", "last"])
  })
})

describe("bypassed nodes", () => {
  it("P15: give what their kind passes, so that what follows has the key it would have without them", async () => {
    const { engine, out } = testEngine()
    engine.commit(controlled(line, { b: { bypass: true } }))
    expect(await engine.settle()).toMatchObject({ ran: 2, held: 1 })
    expect(await out("c")).toBe(4)
    const key = (engine.outcome("c") as { readonly key?: string }).key
    engine.commit(graphOf({ a: line["a"]!, c: { kind: sum, add: 3, from: ["a"] } }))
    expect(await engine.settle()).toMatchObject({ ran: 0, reused: 1 })
    expect((engine.outcome("c") as { readonly key?: string }).key).toBe(key)
  })

  it("P15: of a list the first edge that is not off passes; without one they are off", async () => {
    const rows: Rows = { x: { kind: sum, add: 1 }, y: { kind: sum, add: 2 }, b: { kind: passes, from: ["x", "y"] }, c: { kind: sum, from: ["b"] } }
    const { engine, out, started } = testEngine()
    engine.commit(controlled(rows, { b: { bypass: true }, x: { disabled: true } }))
    await engine.settle(["c"])
    expect(await out("c")).toBe(2)
    engine.commit(controlled(rows, { b: { bypass: true }, x: { disabled: true }, y: { disabled: true } }))
    expect(await engine.settle()).toMatchObject({ ran: 0, off: 4 })
    expect(started()).toEqual(["y", "c"])
    expect(engine.outcome("c")).toMatchObject({ state: "off" })
  })

  it("P15, W2: a damaged output is made again by the node that made it", async () => {
    const { engine, store, out } = testEngine()
    engine.commit(controlled(line, { b: { bypass: true } }))
    await engine.settle(["b"])
    const made = engine.outcome("a") as unknown as { readonly outputs: { readonly out: { readonly hash: string } } }
    await store.blobs.remove(made.outputs.out.hash as never)
    expect(await engine.settle()).toMatchObject({ failed: 0 })
    expect(await out("c")).toBe(4)
  })
})

describe("forced nodes", () => {
  it("P16: run once for each text in spite of a hit, in this process or another; equal contents stop the wave", async () => {
    const store = memoryStore(systemClock)
    const { engine, started } = testEngine({ store })
    engine.commit(graphOf(line))
    await engine.settle()
    engine.commit(controlled(line, { b: { force: "1" } }))
    expect(await engine.settle()).toMatchObject({ ran: 1, reused: 1 })
    expect(engine.outcome("b")).toMatchObject({ state: "ran", why: { _tag: "Forced" } })
    // Undone, done again, and in another process: not again.
    for (const force of [{}, { force: "1" }] as const) {
      engine.commit(controlled(line, { b: force }))
      expect(await engine.settle()).toMatchObject({ ran: 0 })
    }
    const next = testEngine({ store })
    next.engine.commit(controlled(line, { b: { force: "1" } }))
    expect(await next.engine.settle()).toMatchObject({ ran: 0, reused: 3 })
    next.engine.commit(controlled(line, { b: { force: "2" } }))
    expect(await next.engine.settle()).toMatchObject({ ran: 1 })
    expect(started()).toEqual(["a", "b", "c", "b"])
  })

  it("K10: a second, different result for a key is reported, and the first stays", async () => {
    let calls = 0
    const moody = arithmetic("test/moody", 1, (x) => x + 100 * calls++)
    const rows: Rows = { a: { kind: sum, add: 1 }, m: { kind: moody, from: ["a"] }, c: { kind: sum, from: ["m"] } }
    const { engine, events, out } = testEngine()
    engine.commit(graphOf(rows))
    await engine.settle()
    engine.commit(controlled(rows, { m: { force: "1" } }))
    expect(await engine.settle()).toMatchObject({ ran: 1, reused: 1 })
    const outcome = engine.outcome("m") as { readonly key: string; readonly outputs: object }
    expect(events.filter(({ type }) => type === "nondeterminism")).toEqual([
      { type: "nondeterminism", revision: 2, node: "m", key: outcome.key, first: outcome.outputs, second: { out: expect.objectContaining({ bytes: 3 }) } },
    ])
    expect(await out("m")).toBe(1)
    expect(await out("c")).toBe(1)
  })

  it("P16: one that fails fails for its node only, until it is tried again", async () => {
    let isBroken = false
    const kind = arithmetic("test/breaks", 1, (x) => {
      if (isBroken) throw new Error("broken")
      return x
    })
    const rows: Rows = { a: { kind, add: 1 }, twin: { kind, add: 1 } }
    const { engine } = testEngine()
    engine.commit(graphOf(rows))
    await engine.settle()
    isBroken = true
    engine.commit(controlled(rows, { a: { force: "1" }, twin: { gate: "open" } }))
    expect(await engine.settle()).toMatchObject({ failed: 1, reused: 1 })
    engine.retry("a")
    expect(await engine.settle()).toMatchObject({ failed: 0, reused: 1 })
  })
})

describe("volatile kinds", () => {
  it("K9: run anew in every revision, or in every slot of time, and nowhere else", async () => {
    let wall = 1_000_000
    const clock = { now: systemClock.now, wall: () => wall }
    const each = arithmetic("test/each", 1, () => 1, { volatile: "revision" })
    const slow = arithmetic("test/slow", 1, () => 2, { volatile: { everyMs: 1000 } })
    const rows = (add: number): Graph => graphOf({ each: { kind: each }, slow: { kind: slow }, plain: { kind: sum, add }, all: { kind: sum, from: ["each", "slow"] } })
    const store = memoryStore(clock)
    const { engine, started } = testEngine({ store, clock })
    engine.commit(rows(0))
    expect(await engine.settle()).toMatchObject({ ran: 4 })
    engine.commit(rows(0))
    expect(await engine.settle()).toMatchObject({ ran: 0 })
    engine.commit(rows(1))
    expect(await engine.settle()).toMatchObject({ ran: 2, reused: 1 })
    wall += 1000
    engine.commit(rows(1))
    expect(await engine.settle()).toMatchObject({ ran: 1, reused: 1 })
    expect(engine.outcome("slow")).toMatchObject({ state: "ran", why: { _tag: "Volatile" } })
    expect([...started()].sort()).toEqual(["all", "each", "each", "plain", "plain", "slow", "slow"])
    const next = testEngine({ store, clock })
    wall += 1
    next.engine.commit(rows(1))
    expect(await next.engine.settle()).toMatchObject({ ran: 1, reused: 3 })
    expect(next.started()).toEqual(["each"])
  })
})

describe("failures", () => {
  it("E5: a node can be tried again alone; its last good output stays, marked as out of date", async () => {
    const rows: Rows = { x: { kind: fragile, add: 2 }, y: { kind: fragile, add: 3 }, z: { kind: sum, from: ["y"] } }
    const { engine, started } = testEngine()
    engine.commit(graphOf(rows))
    expect(await engine.settle()).toMatchObject({ ran: 1, failed: 1, blocked: 1 })
    engine.commit(graphOf({ ...rows, x: { kind: fragile, add: 1 } }))
    await engine.settle()
    let state: unknown
    engine.state$("x").subscribe((now) => (state = now))
    expect(state).toMatchObject({ phase: "failed", outputs: { out: { bytes: 1 } } })
    engine.retry("y")
    expect(await engine.settle()).toMatchObject({ failed: 1, blocked: 1 })
    expect(started()).toEqual(["x", "y", "x", "y"])
  })
})

describe("undo", () => {
  it("P10: going back and forth between graphs that have settled executes nothing, controls included", async () => {
    const controls: readonly { readonly [path: string]: Controls }[] = [{}, { b: { disabled: true } }, { b: { pin: {} } }, { b: { gate: "closed" } }, { b: { gate: "open" } }, { b: { bypass: true } }, { c: { force: "1" } }]
    const variants = controls.flatMap((on) => [1, 2].map((add) => controlled({ ...line, a: { kind: sum, add } }, on)))
    const { engine } = testEngine()
    for (const graph of variants) {
      engine.commit(graph)
      await engine.settle()
    }
    const before = engine.counters().execs
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(variants.length - 1), { maxLength: 12 }), async (walk) => {
        for (const i of walk) {
          engine.commit(variants[i]!)
          await engine.settle()
        }
        expect(engine.counters().execs).toBe(before)
      }),
      { numRuns: 50 },
    )
    expect(new Set(variants.map((graph) => JSON.stringify(graphToJson(graph)))).size).toBe(variants.length)
  })
})
