/** Random sessions of edits against an oracle: engine.md's properties P1 to P5 and P17 on graphs of small-range functions. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { hashBytes, memoryStore, systemClock, type Graph } from "#src"
import { heldTransport, testEngine, turn } from "./test-engine.ts"
import { arithmetic, graphOf, type Row } from "./small-graph.ts"

/** What a node is in the model: everything an edit may change. */
interface Cell {
  readonly op: 0 | 1 | 2
  readonly add: number
  /** Sources, as offsets into the earlier cells. */
  readonly from: readonly number[]
}

interface World {
  readonly cells: readonly (Cell | undefined)[]
  readonly versions: readonly [number, number, number]
}

type Step =
  | { readonly type: "set"; readonly at: number; readonly cell: Cell }
  | { readonly type: "delete"; readonly at: number }
  | { readonly type: "bump"; readonly op: 0 | 1 | 2 }
  | { readonly type: "release"; readonly pick: number }
  | { readonly type: "settle" }
  | { readonly type: "settleOne"; readonly pick: number }

const failing = "failing"
const functions = [
  (x: number, version: number) => (((x + version) % 4) + 4) % 4,
  (x: number, version: number) => Math.max(0, Math.min(2, x - (version % 2))),
  (x: number, version: number) => {
    if ((((x + version) % 5) + 5) % 5 === 4) throw new Error(failing)
    return x % 2
  },
] as const

const kinds = Array.from({ length: 3 }, () => new Map<number, ReturnType<typeof arithmetic>>())
const kindOf = (op: 0 | 1 | 2, version: number) => {
  const found = kinds[op]!.get(version) ?? arithmetic(`test/op${op}`, version, functions[op])
  kinds[op]!.set(version, found)
  return found
}

const sourcesOf = (world: World, at: number): readonly string[] => {
  const earlier = world.cells.slice(0, at).flatMap((cell, i) => (cell === undefined ? [] : [`n${i}`]))
  return earlier.length === 0 ? [] : (world.cells[at]?.from ?? []).map((offset) => earlier[offset % earlier.length]!)
}

const graphOfWorld = (world: World): Graph => {
  const rows: Record<string, Row> = {}
  world.cells.forEach((cell, at) => {
    if (cell !== undefined) rows[`n${at}`] = { kind: kindOf(cell.op, world.versions[cell.op]), add: cell.add, from: sourcesOf(world, at) }
  })
  return graphOf(rows)
}

/** From scratch: a number, or why there is none. */
const oracle = (world: World): ReadonlyMap<string, number | "failed" | "blocked"> => {
  const values = new Map<string, number | "failed" | "blocked">()
  world.cells.forEach((cell, at) => {
    if (cell === undefined) return
    const inputs = sourcesOf(world, at).map((path) => values.get(path)!)
    if (inputs.some((value) => typeof value !== "number")) return void values.set(`n${at}`, "blocked")
    try {
      values.set(`n${at}`, functions[cell.op]((inputs as number[]).reduce((a, b) => a + b, cell.add), world.versions[cell.op]))
    } catch {
      values.set(`n${at}`, "failed")
    }
  })
  return values
}

const op = fc.constantFrom(0 as const, 1 as const, 2 as const)
const cell: fc.Arbitrary<Cell> = fc.record({ op, add: fc.integer({ min: 0, max: 3 }), from: fc.array(fc.nat(7), { maxLength: 3 }) })
const at = fc.nat(7)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("set" as const), at, cell }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("delete" as const), at }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("bump" as const), op }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("release" as const), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("settleOne" as const), pick: fc.nat() }) },
)

const edited = (world: World, edit: Step): World => {
  if (edit.type === "set") return { ...world, cells: world.cells.map((old, i) => (i === edit.at ? edit.cell : old)) }
  if (edit.type === "delete") return { ...world, cells: world.cells.map((old, i) => (i === edit.at ? undefined : old)) }
  if (edit.type === "bump") return { ...world, versions: world.versions.map((v, i) => (i === edit.op ? v + 1 : v)) as unknown as World["versions"] }
  return world
}

const session = fc.record({
  cells: fc.array(cell, { minLength: 8, maxLength: 8 }),
  steps: fc.array(step, { maxLength: 30 }),
  capacity: fc.integer({ min: 1, max: 3 }),
  /** Whether work that is told to stop obeys, one answer after another. */
  obeys: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
})

const play = async ({ cells, steps, capacity, obeys }: typeof session extends fc.Arbitrary<infer S> ? S : never): Promise<void> => {
  const store = memoryStore(systemClock)
  const transport = heldTransport(store, capacity)
  const { engine, events, outcomes, out } = testEngine({ store, transport })
  const worlds = new Map<number, World>()
  let world: World = { cells, versions: [0, 0, 0] }
  let stops = 0
  const commit = (): void => void worlds.set(engine.commit(graphOfWorld(world)), world)
  const release = (pick: number): void => {
    const job = transport.held[pick % Math.max(1, transport.held.length)]
    if (job === undefined) return
    if (job.hooks.signal.aborted && obeys[stops++ % obeys.length] === true) job.cancel()
    else job.release()
  }
  const settled = async (settling: Promise<unknown>): Promise<void> => {
    let done = false
    void settling.finally(() => (done = true))
    for (let i = 0; !done; i++) {
      expect(i, "settling comes to an end").toBeLessThan(500)
      await turn()
      release(i)
    }
  }
  commit()
  const open: Promise<unknown>[] = []
  for (const action of steps) {
    if (action.type === "release") release(action.pick)
    else if (action.type === "settle") open.push(engine.settle())
    else if (action.type === "settleOne") {
      const paths = [...oracle(world).keys()]
      if (paths.length > 0) open.push(engine.settle([paths[action.pick % paths.length]!]))
    } else {
      world = edited(world, action)
      commit()
    }
    await turn()
  }
  await settled(Promise.all([...open, engine.settle()]))

  // P1: the same as from scratch.
  const expected = oracle(world)
  for (const [path, value] of expected) {
    if (typeof value === "number") expect(await out(path), path).toBe(value)
    else expect(engine.outcome(path)?.state, path).toBe(value)
  }
  // P5, P7: whatever was shown was right for the revision it was shown for.
  for (const event of events) {
    if (event.type !== "outcome" || !(event.outcome.state === "ran" || event.outcome.state === "reused")) continue
    const value = oracle(worlds.get(event.revision)!).get(event.node)
    expect(event.outcome.outputs["out"]!.hash, `${event.node} in revision ${event.revision}`).toBe(hashBytes(JSON.stringify(value)))
  }
  // P17: nothing unwanted goes on for ever, nothing is left behind.
  while (transport.held.length > 0) {
    release(0)
    await turn()
  }
  // P3: each key completes at most once.
  const done = transport.log.filter(({ result }) => result === "done").map(({ key }) => key)
  expect(new Set(done).size).toBe(done.length)

  // P2: settling again visits nothing.
  const before = engine.counters()
  await engine.settle()
  engine.commit(graphOfWorld(world))
  await engine.settle()
  expect(engine.counters()).toEqual(before)

  // P4: an edit and its inverse run nothing the second time.
  const there = edited(world, { type: "set", at: 0, cell: { op: 0, add: 7, from: [] } })
  engine.commit(graphOfWorld(there))
  await settled(engine.settle())
  const { execs } = engine.counters()
  engine.commit(graphOfWorld(world))
  await settled(engine.settle())
  expect(engine.counters().execs).toBe(execs)
  expect(Object.keys(outcomes()).length).toBeGreaterThan(0)
}

it("P1-P5, P7, C1-C3: random sessions end as if computed from scratch, with each key run once and no mixed revisions", async () => {
  await fc.assert(fc.asyncProperty(session, play), { numRuns: Number(process.env["CAMBIUM_SESSIONS"] ?? 400) })
})
