/** Eviction at any moment changes no result: at most it costs work. SPEC W8, W9. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { hashBytes, memoryStore, systemClock, type Store } from "#src"
import { collect, planCollection } from "../../../src/store/collect.ts"
import { testEngine, turn } from "./test-engine.ts"
import { anyEdit, anyWorld, edited, graphOfWorld, pathOf, valuesOf } from "./world.ts"

const runs = Number(process.env["CAMBIUM_CASES"] ?? 1) * 300

const step = fc.oneof(
  { weight: 4, arbitrary: anyEdit },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("settle" as const) }) },
  // Whole turns of other work may pass before anything goes.
  { weight: 3, arbitrary: fc.record({ type: fc.constant("evict" as const), share: fc.integer({ min: 0, max: 100 }), turns: fc.nat(4) }) },
)

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
    { numRuns: runs },
  )
  // Otherwise nothing was tried.
  expect(evicted).toBeGreaterThan(runs / 2)
  expect(again).toBeGreaterThan(0)
})
