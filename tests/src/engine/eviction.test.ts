/** Eviction at any moment changes no result: at most it costs work. SPEC W8, W9. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { hashBytes, memoryStore, systemClock, type Store } from "#src"
import { collect, planCollection } from "../../../src/store/collect.ts"
import { testEngine, turn } from "./test-engine.ts"
import { anyEdit, anyWorld, edited, graphOfWorld, pathOf, valuesOf, type Cell, type World } from "./world.ts"

const runs = Number(process.env["CAMBIUM_CASES"] ?? 1) * 300

const step = fc.oneof(
  { weight: 4, arbitrary: anyEdit },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("settle" as const) }) },
  // Whole turns of other work may pass before anything goes.
  { weight: 3, arbitrary: fc.record({ type: fc.constant("evict" as const), share: fc.integer({ min: 0, max: 100 }), turns: fc.nat(4) }) },
)

type Step = typeof step extends fc.Arbitrary<infer A> ? A : never
const cell: Cell = { op: 0, add: 0, from: [] }
const reader: Cell = { op: 2, add: 1, from: [0, 0, 0] }
/** Three nodes of one key find the same loss, and that is one loss. */
const threeOfOneKey: [World, Step[]] = [
  { cells: [cell, { op: 1, add: 2, from: [] }, reader, cell, cell, cell, reader, cell], versions: [0, 0, 0] },
  [
    { type: "set", at: 3, cell: reader }, { type: "settle" }, { type: "evict", share: 0, turns: 0 }, { type: "set", at: 0, cell: { op: 1, add: 2, from: [] } },
    { type: "evict", share: 0, turns: 1 }, { type: "bump", op: 2 },
  ],
]

it("W8, W9: sessions with evictions between and during runs end as if computed from scratch, and everything can be read", { timeout: 120_000 }, async () => {
  let evicted = 0
  let again = 0
  await fc.assert(
    fc.asyncProperty(anyWorld, fc.array(step, { maxLength: 14 }), async (start, steps) => {
      const store = memoryStore(systemClock)
      // Harsher than the command: results that the graph has go as well, as far as nothing that runs reads them.
      const harsh: Store = { ...store, notes: { ...store.notes, currentKeys: () => [] } }
      const { engine, events } = testEngine({ store })
      const ran = () => events.flatMap((event) => (event.type === "started" ? [event.key] : []))
      const open: Promise<unknown>[] = []
      let world = start
      engine.commit(graphOfWorld(world))
      for (const action of steps) {
        if (action.type === "settle") open.push(engine.settle())
        else if (action.type !== "evict") engine.commit(graphOfWorld((world = edited(world, action))))
        else {
          for (let i = 0; i < action.turns; i++) await turn()
          const now = systemClock.wall()
          const { bytes } = await planCollection(harsh, { now })
          const plan = await planCollection(harsh, { now, quota: (bytes * action.share) / 100 })
          evicted += plan.evictions.length
          await collect(harsh, plan, { now })
        }
      }
      await Promise.all([...open, engine.settle()])
      again += engine.counters().execs - new Set(ran()).size
      // Nothing is left but what is known; and then all of it is read.
      for await (const { hash } of store.blobs.list()) await store.blobs.remove(hash)
      const reader = testEngine({ store, isWanted: () => true })
      reader.engine.commit(graphOfWorld(world))
      await reader.engine.settle()
      for (const [at, value] of valuesOf(world)) {
        const outcome = engine.outcome(pathOf(at))
        if (typeof value !== "number") expect(outcome?.state, pathOf(at)).toBe(value)
        else {
          expect(outcome, pathOf(at)).toMatchObject({ outputs: { out: { hash: hashBytes(JSON.stringify(value)) } } })
          expect(await reader.out(pathOf(at)), pathOf(at)).toBe(value)
        }
      }
    }),
    { numRuns: runs, examples: [threeOfOneKey] },
  )
  // Otherwise nothing was tried.
  expect(evicted).toBeGreaterThan(runs / 2)
  expect(again).toBeGreaterThan(0)
})
