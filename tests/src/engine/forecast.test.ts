/** What settling would do, without doing it: against what it then does. SPEC R7, and P13 of the engine's properties. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { explain, forecast, memoryStore, systemClock, type Explanation, type Forecast, type Graph, type Kind, type Store } from "#src"
import type { ForecastOptions } from "../../../src/engine/forecast.ts"
import { arithmetic, graphOf, sum, third, type Row } from "./small-graph.ts"
import { plain, sourceKind, stageKind } from "./stream/stream-kinds.ts"
import { testEngine, versionOf } from "./test-engine.ts"

const look = (graph: Graph, store: Store, more: Partial<ForecastOptions> = {}): Promise<Forecast> =>
  forecast(graph, { store, clock: systemClock, seed: 1, deviceFamily: async () => "test-family", codeVersion: versionOf, ...more })

const settle = async (graph: Graph, store: Store) => {
  const test = testEngine({ store })
  test.engine.commit(graph)
  await test.engine.settle()
  return test
}

const states = ({ nodes }: Forecast) => Object.fromEntries([...nodes].map(([path, { state }]) => [path, state]))

const chain = (add: number, more: Readonly<Record<string, Row>> = {}) =>
  graphOf({ a: { kind: sum, add }, b: { kind: third, from: ["a"] }, c: { kind: sum, add: 5, from: ["b"] }, aside: { kind: third, add: 1 }, ...more })

describe("R7: a forecast", () => {
  it("tells what runs, what is reused, and what early cutoff may save", async () => {
    const store = memoryStore(systemClock)
    expect(states(await look(chain(3), store))).toEqual({ a: "runs", b: "runs", c: "runs", aside: "runs" })
    await settle(chain(3), store)
    expect(states(await look(chain(3), store))).toEqual({ a: "reused", b: "reused", c: "reused", aside: "reused" })
    const next = await look(chain(4, { late: { kind: sum, from: ["b"] } }), store)
    expect(states(next)).toEqual({ a: "runs", b: "unknown", c: "unknown", aside: "reused", late: "runs" })
    expect(next.nodes.get("a")).toMatchObject({ why: { _tag: "Param", param: "add", from: 3, to: 4 } })
    expect(next.nodes.get("c")).toMatchObject({ first: ["b"], why: { _tag: "Input", node: "b", cause: { _tag: "Input", node: "a", cause: { _tag: "Param" } } } })
    expect(next.nodes.get("late")).toMatchObject({ why: { _tag: "New" }, first: ["b"] })
  })

  it("runs nothing and adds nothing to the cache", async () => {
    const store = memoryStore(systemClock)
    let puts = 0
    const watched: Store = { ...store, actions: { ...store.actions, put: () => Promise.reject(new Error("written")) }, blobs: { ...store.blobs, put: () => Promise.reject(new Error("written")) }, notes: { ...store.notes, put: async () => void puts++ } }
    await look(chain(3), watched)
    expect(puts).toBe(0)
  })

  it("W8: says what a failure means, that lost bytes are nothing while nobody reads them, and what an undone edit costs", async () => {
    const store = memoryStore(systemClock)
    const odd = arithmetic("test/odd", 1, (x) => { throw new Error(`${x}`) })
    await settle(chain(3, { odd: { kind: odd } }), store)
    await settle(chain(6), store)
    const undone = await look(chain(3, { odd: { kind: odd } }), store)
    expect(states(undone)).toEqual({ a: "reused", b: "reused", c: "reused", aside: "reused", odd: "runs" })
    expect(undone.nodes.get("odd")).toMatchObject({ why: { _tag: "PreviousFailed" } })
    const b = undone.nodes.get("b")
    if (b?.state === "reused") await store.blobs.remove(b.outputs["out"]!.hash)
    // Results outlive their bytes.
    expect((await look(chain(3), store)).nodes.get("b")).toMatchObject({ state: "reused" })
    // But for one that runs and reads them they are made again.
    const late = await look(chain(3, { late: { kind: sum, from: ["b"] } }), store)
    expect(states(late)).toMatchObject({ a: "reused", b: "runs", late: "runs" })
    expect(late.nodes.get("b")).toMatchObject({ why: { _tag: "Evicted" } })
  })

  it("P17, S6: knows what lacks memory, what depends on that, and what is there under the key it began with", async () => {
    const store = memoryStore(systemClock)
    const hungry = arithmetic("test/hungry", 1, (x) => x, { uses: () => ({ memory: 9 }) } as Partial<Kind>)
    const graph = graphOf({
      hungry: { kind: hungry },
      after: { kind: sum, from: ["hungry"] },
      source: { kind: plain(sourceKind()), params: { count: 3, size: 1, fail: -1 } },
      stage: { kind: plain(stageKind()), params: { add: 1, every: 1 }, from: ["source"] },
    })
    const resources = { memory: 8 }
    const { engine } = testEngine({ store, resources })
    engine.commit(graph)
    await engine.settle()
    const stage = engine.outcome("stage")
    if (stage?.state !== "ran") throw new Error(`the stage is ${stage?.state}`)
    await store.actions.remove(stage.key)
    const { nodes } = await look(graph, store, { resources })
    expect(nodes.get("hungry")).toEqual({ state: "fails", message: (engine.outcome("hungry") as { readonly message?: string }).message })
    expect(nodes.get("after")).toEqual({ state: "fails", message: "hungry fails" })
    expect(nodes.get("stage")).toMatchObject({ state: "reused", outputs: stage.outputs })
    expect((await settle(graph, store)).outcomes()).toMatchObject({ stage: "reused" })
  })

  it("expects what the last run took, and the mean of its kind where there was none", async () => {
    const store = memoryStore(systemClock)
    await settle(chain(3), store)
    const took = (await store.notes.get("last", "small:a")) as { readonly ms: number }
    await store.notes.put("last", "small:a", { ...took, ms: 500 })
    const { nodes } = await look(chain(4, { late: { kind: sum, add: 9 } }), store)
    expect(nodes.get("a")).toMatchObject({ expectedMs: 500 })
    const c = (await store.notes.get("last", "small:c")) as { readonly ms: number }
    expect(nodes.get("late")).toMatchObject({ expectedMs: (500 + c.ms) / 2 })
  })
})

/** A graph of at most six nodes, as an edit may change it. */
interface Cell {
  readonly op: 0 | 1
  readonly version: number
  readonly add: number
  readonly from: readonly number[]
}

const kinds = new Map<string, Kind>()
const kindOf = ({ op, version }: Cell): Kind => {
  const found = kinds.get(`${op} ${version}`) ?? arithmetic(`test/op${op}`, version, op === 0 ? (x, v) => x + v : (x, v) => (x + v) % 3)
  kinds.set(`${op} ${version}`, found)
  return found
}
const worldOf = (cells: readonly Cell[]): Graph =>
  graphOf(Object.fromEntries(cells.map((cell, i) => [`n${i}`, { kind: kindOf(cell), add: cell.add, from: i === 0 ? [] : [...new Set(cell.from.map((j) => `n${j % i}`))] }])))

const cell: fc.Arbitrary<Cell> = fc.record({ op: fc.constantFrom(0 as const, 1 as const), version: fc.constant(1), add: fc.nat(3), from: fc.array(fc.nat(5), { maxLength: 2 }) })
const edit = fc.oneof(
  fc.record({ type: fc.constant("add" as const), at: fc.nat(5), value: fc.nat(3) }),
  fc.record({ type: fc.constant("code" as const), at: fc.nat(5), value: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ type: fc.constant("wire" as const), at: fc.nat(5), value: fc.array(fc.nat(5), { maxLength: 2 }) }),
)
const apply = (cells: readonly Cell[], { type, at, value }: typeof edit extends fc.Arbitrary<infer E> ? E : never): readonly Cell[] =>
  cells.map((old, i) => (i !== at ? old : type === "add" ? { ...old, add: value } : type === "code" ? { ...old, version: value } : { ...old, from: value }))

/** `now` with every named component as it was in `before`. */
const reverted = (now: readonly Cell[], before: readonly Cell[], named: readonly Explanation[]): readonly Cell[] =>
  now.map((cell, i) => {
    let mended = cell
    for (const why of named.find(({ node }) => node === `n${i}`)?.whys ?? []) {
      if (why._tag === "Param") mended = { ...mended, add: why.from as number }
      if (why._tag === "Code") mended = { ...mended, version: before[i]!.version }
      if (why._tag === "Rewired") mended = { ...mended, from: before[i]!.from }
    }
    return mended
  })

it("P13, R6: what explain names is what makes the node a hit when it is reverted; a forecast keeps its word", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(cell, { minLength: 6, maxLength: 6 }), fc.array(edit, { minLength: 1, maxLength: 4 }), fc.boolean(), async (cells, edits, between) => {
      const store = memoryStore(systemClock)
      await settle(worldOf(cells), store)
      const after = edits.reduce(apply, cells)
      // The first nodes may have run again since, without those that follow.
      if (between) {
        const part = testEngine({ store })
        part.engine.commit(worldOf(apply(cells, edits[0]!)))
        await part.engine.settle(["n0", "n1"])
      }
      const promised = await look(worldOf(after), store)
      const done = await settle(worldOf(after), store)
      for (const [path, { state, ...rest }] of promised.nodes) {
        const outcome = done.engine.outcome(path)
        if (state === "reused") expect(outcome?.state, path).toBe("reused")
        if (state === "runs" && "key" in rest) expect([outcome?.state, outcome?.state === "ran" ? done.started().includes(path) : true], path).toEqual([expect.stringMatching(/ran|reused/), true])
      }
      for (const [path, { last }] of promised.records) {
        if (promised.nodes.get(path)?.state === "reused" || last === null || last === undefined) continue
        // An edit may hide behind another: an edge that was put back shows what changed at its other end.
        let world = after
        const before = between && ["n0", "n1"].includes(path) ? apply(cells, edits[0]!) : cells
        for (let round = 0; ; round++) {
          const { nodes, records, lastRuns } = await look(worldOf(world), store)
          const past = new Map([...records].map(([name, one]) => [name, { ...one, last: promised.records.get(name)?.last }]))
          const record = past.get(path)!
          if (record.key === last.key) {
            expect(nodes.get(path)?.state, path).toBe("reused")
            break
          }
          expect(round, `reverting what is named comes to an end at ${path}`).toBeLessThan(6)
          const named = explain(record, past, lastRuns)
          expect(named.flatMap(({ whys }) => whys).filter(({ _tag }) => ["Param", "Code", "Rewired"].includes(_tag)).length, `${path}: ${JSON.stringify(named)}`).toBeGreaterThan(0)
          world = reverted(world, before, named)
          if (edits.length === 1) expect((await look(worldOf(world), store)).nodes.get(path)?.state, `one edit, named at once: ${path}`).toBe("reused")
        }
      }
    }),
    { numRuns: Number(process.env["CAMBIUM_SESSIONS"] ?? 150) },
  )
})
