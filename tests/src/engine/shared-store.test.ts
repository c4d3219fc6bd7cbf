/** Engines that share a store and are raced against each other. SPEC W7, K8. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { systemClock } from "#src"
import { memoryFiles } from "../../../src/store/memory-files.ts"
import { makeStore } from "../../../src/store/store.ts"
import { memoryTables } from "../../../src/store/tables.ts"
import { racedTransport, testEngine, turn } from "./test-engine.ts"
import { anyEdit, anyWorld, edited, graphOfWorld, pathOf, valuesOf, type World } from "./world.ts"

const runs = Number(process.env["CAMBIUM_CASES"] ?? 1) * 300

it("W7, K8: two engines on one store, in any order: both are right, and no key is completed twice", { timeout: 120_000 }, async () => {
  let shared = 0
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), anyWorld, fc.array(fc.tuple(fc.nat(1), anyEdit), { maxLength: 8 }), fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), async (scheduler, start, edits, capacities) => {
      const disk = { files: memoryFiles(), tables: memoryTables() }
      const engines = capacities.map((capacity) => {
        const store = makeStore({ dir: "memory:", ...disk, clock: systemClock })
        const transport = racedTransport(store, capacity, scheduler, [true, false])
        return { ...testEngine({ store, transport, pollMs: 1 }), transport, world: start as World, open: [] as Promise<unknown>[] }
      })
      const commit = (one: (typeof engines)[number], world: World): void => {
        one.world = world
        one.engine.commit(graphOfWorld(world))
        one.open.push(one.engine.settle())
      }
      for (const one of engines) commit(one, start)
      const { task } = scheduler.scheduleSequence(
        edits.map(([who, edit]) => async () => {
          commit(engines[who]!, edited(engines[who]!.world, edit))
          await turn()
        }),
      )
      await scheduler.waitFor(task)
      await scheduler.waitFor(Promise.all(engines.flatMap(({ open }) => open)))
      for (const { engine, world, out } of engines) {
        for (const [at, value] of valuesOf(world)) {
          if (typeof value === "number") expect(await out(pathOf(at)), pathOf(at)).toBe(value)
          else expect(engine.outcome(pathOf(at))?.state, pathOf(at)).toBe(value)
        }
      }
      await scheduler.waitIdle()
      await turn()
      const done = engines.flatMap(({ transport }) => transport.log.filter(({ result }) => result === "done").map(({ key }) => key))
      expect(new Set(done).size).toBe(done.length)
      if (engines.every(({ transport }) => transport.log.length > 0)) shared++
      for (const { engine } of engines) await engine.close()
    }),
    { numRuns: runs },
  )
  // Otherwise one engine did it all.
  expect(shared).toBeGreaterThan(runs / 4)
})
