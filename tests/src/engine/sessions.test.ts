/** Random sessions of edits, raced against the work they start, and an oracle. SPEC P1-P5, P9, C1, C2, K8. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { hashBytes, memoryStore, systemClock } from "#src"
import { racedTransport, testEngine, turn } from "./test-engine.ts"
import { anyEdit, anyWorld, dependenciesOf, edited, graphOfWorld, neededBy, pathOf, valuesOf, type Edit, type World } from "./world.ts"

type Step = Edit | { readonly type: "settle" } | { readonly type: "settleOne"; readonly pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: anyEdit },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("settleOne" as const), pick: fc.nat() }) },
)

interface Session {
  readonly start: World
  readonly steps: readonly Step[]
  readonly capacity: number
  /** Whether work that is told to stop obeys, one answer after another. */
  readonly obeys: readonly boolean[]
}

const session: fc.Arbitrary<Session> = fc.record({
  start: anyWorld,
  steps: fc.array(step, { maxLength: 14 }),
  capacity: fc.integer({ min: 1, max: 3 }),
  obeys: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
})

const play = async (scheduler: fc.Scheduler, { start, steps, capacity, obeys }: Session): Promise<void> => {
  const transport = racedTransport(memoryStore(systemClock), capacity, scheduler, obeys)
  const { engine, events, outcomes, out } = testEngine({ store: transport.store, transport })
  const worlds = new Map<number, World>()
  let world = start
  const commit = (next: World): void => {
    world = next
    worlds.set(engine.commit(graphOfWorld(world)), world)
  }
  commit(world)
  const open: Promise<unknown>[] = []
  const act = async (action: Step): Promise<void> => {
    if (action.type === "settle") open.push(engine.settle())
    else if (action.type !== "settleOne") commit(edited(world, action))
    else {
      const places = [...valuesOf(world).keys()]
      if (places.length > 0) open.push(engine.settle([pathOf(places[action.pick % places.length]!)]))
    }
    await turn()
  }
  const { task } = scheduler.scheduleSequence(steps.map((action) => ({ label: JSON.stringify(action), builder: () => act(action) })))
  await scheduler.waitFor(task)
  await scheduler.waitFor(Promise.all([...open, engine.settle()]))

  // The same as from scratch.
  for (const [at, value] of valuesOf(world)) {
    if (typeof value === "number") expect(await out(pathOf(at)), pathOf(at)).toBe(value)
    else expect(engine.outcome(pathOf(at))?.state, pathOf(at)).toBe(value)
  }
  // Whatever was shown was right for the revision it was shown for: no function saw inputs of two.
  for (const event of events) {
    if (event.type !== "outcome" || !(event.outcome.state === "ran" || event.outcome.state === "reused")) continue
    const shownFor = worlds.get(event.revision)!
    const at = [...shownFor.cells.keys()].find((i) => pathOf(i) === event.node)!
    expect(event.outcome.outputs["out"]!.hash, `${event.node} in revision ${event.revision}`).toBe(hashBytes(JSON.stringify(valuesOf(shownFor).get(at))))
  }
  // What still runs was told to stop: nobody wants it.
  expect(transport.running().filter((job) => !job.aborted)).toEqual([])
  await scheduler.waitIdle()
  await turn()
  // Each key completes at most once, and is started again only after it was stopped.
  const done = transport.log.filter(({ result }) => result === "done").map(({ key }) => key)
  expect(new Set(done).size).toBe(done.length)
  expect(transport.log.filter(({ restarts }) => restarts === "unasked")).toEqual([])
  expect(transport.mostCores()).toBeLessThanOrEqual(capacity)

  // Settling again visits nothing.
  const before = engine.counters()
  await engine.settle()
  engine.commit(graphOfWorld(world))
  await engine.settle()
  // An equal graph of other making is compared, node by node.
  expect(engine.counters()).toEqual({ ...before, compared: before.compared + graphOfWorld(world).nodes.size })

  // An edit and its inverse run nothing the second time.
  const settled = (next: World): Promise<unknown> => {
    engine.commit(graphOfWorld(next))
    return scheduler.waitFor(engine.settle())
  }
  await settled(edited(world, { type: "set", at: 0, cell: { op: 0, add: 7, from: [] } }))
  const { execs } = engine.counters()
  await settled(world)
  expect(engine.counters().execs).toBe(execs)
  expect(Object.keys(outcomes()).length).toBeGreaterThan(0)
}

const sessions = Number(process.env["CAMBIUM_SESSIONS"] ?? 5000)

it("P1-P5, P9, C1, C2, K8: sessions raced in any order end as if computed from scratch, with each key run once and no mixed revisions", { timeout: 600_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.scheduler(), session, play), { numRuns: sessions })
})

it("P4, P9: an edit runs exactly the needed nodes whose dependencies no earlier run had", { timeout: 120_000 }, async () => {
  const targets = fc.option(fc.array(fc.nat(7), { minLength: 1, maxLength: 2 }), { nil: undefined })
  await fc.assert(
    fc.asyncProperty(anyWorld, fc.array(fc.tuple(anyEdit, targets), { maxLength: 8 }), async (start, edits) => {
      const { engine, started } = testEngine()
      const cached = new Set<string>()
      let world = start
      const settle = async (wanted: readonly number[] | undefined): Promise<void> => {
        engine.commit(graphOfWorld(world))
        const values = valuesOf(world)
        const there = (wanted ?? [...values.keys()]).filter((at) => values.has(at))
        const needed = neededBy(world, there)
        const from = started().length
        await engine.settle(wanted === undefined ? undefined : there.map(pathOf))
        const dependencies = dependenciesOf(world)
        const texts = [...needed].flatMap((at) => dependencies.get(at) ?? [])
        const fresh = new Set(texts.filter((text) => !cached.has(text)))
        const placeOf = new Map([...values.keys()].map((at) => [pathOf(at), at]))
        const ran = started().slice(from).map((path) => dependencies.get(placeOf.get(path)!)!)
        expect([...ran].sort()).toEqual([...fresh].sort())
        // A failure is remembered as long as the process lives; it is no hit, and no run either.
        for (const text of fresh) cached.add(text)
      }
      await settle(undefined)
      for (const [edit, wanted] of edits) {
        world = edited(world, edit)
        await settle(wanted)
      }
    }),
    { numRuns: 1000 },
  )
})

it("P5: what changed of a node while it was blocked counts once the way is free", async () => {
  const leaf = { op: 0, add: 0, from: [0] } as const
  const world = (add: number, version: number): World => ({ cells: [{ op: 2, add, from: [] }, leaf], versions: [version, 0, 0] })
  const { engine, out } = testEngine()
  for (const [add, version, value] of [[0, 0, 0], [4, 1, "blocked"], [2, 1, 1]] as const) {
    engine.commit(graphOfWorld(world(add, version)))
    await engine.settle()
    const at = pathOf(1)
    expect(typeof value === "number" ? await out(at) : engine.outcome(at)?.state).toBe(value)
    expect(valuesOf(world(add, version)).get(1)).toBe(value)
  }
})
