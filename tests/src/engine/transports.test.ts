/** Whatever carries the jobs, in whatever order, however often: the same results, and no target is lost. SPEC P8, E3. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { memoryStore, systemClock } from "#src"
import { faultyTransport, racedTransport, testEngine, type Fault } from "./test-engine.ts"
import { anyEdit, anyWorld, edited, graphOfWorld, pathOf, valuesOf } from "./world.ts"

const anyFaults = fc.array(fc.constantFrom<Fault>("none", "lost", "twice"), { minLength: 1, maxLength: 6 })

it("P8, E3: jobs that are delayed, overtaken, delivered twice, or done and lost give what computing from scratch gives", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), anyWorld, fc.array(anyEdit, { maxLength: 4 }), anyFaults, fc.integer({ min: 1, max: 3 }), async (scheduler, start, edits, faults, capacity) => {
      const raced = racedTransport(memoryStore(systemClock), capacity, scheduler, [true])
      const { engine, out } = testEngine({ store: raced.store, transport: faultyTransport(raced, faults), retry: { tries: 4, pauseMs: 0 } })
      let world = start
      for (const edit of [undefined, ...edits]) {
        if (edit !== undefined) world = edited(world, edit)
        engine.commit(graphOfWorld(world))
        await scheduler.waitFor(engine.settle())
        for (const [at, value] of valuesOf(world)) {
          if (typeof value === "number") expect(await out(pathOf(at)), pathOf(at)).toBe(value)
          else expect(engine.outcome(pathOf(at))?.state, pathOf(at)).toBe(value)
        }
      }
    }),
    { numRuns: 300 },
  )
}, 120_000)
