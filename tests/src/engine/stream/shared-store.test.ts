/** Streams of two engines on one store. SPEC W7, S6. */
import { expect, it } from "vitest"
import { systemClock, type Graph } from "#src"
import { memoryFiles } from "../../../../src/store/memory-files.ts"
import { makeStore } from "../../../../src/store/store.ts"
import { memoryTables } from "../../../../src/store/tables.ts"
import { graphOf } from "../small-graph.ts"
import { testEngine, turn } from "../test-engine.ts"
import { plain, sourceKind, stageKind } from "./stream-kinds.ts"

it("W7, S6: what one engine began ahead of its producer, under a provisional key, another does not do under the final one", async () => {
  let goOn = (): void => undefined
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  let taken = 0
  const held = plain(stageKind(() => (taken++, gate), 1))
  const graph: Graph = graphOf({ source: { kind: plain(sourceKind()), params: { count: 3, size: 1, fail: -1 } }, stage: { kind: held, params: { add: 1, every: 1 }, from: ["source"] } })
  const disk = { files: memoryFiles(), tables: memoryTables() }
  const [one, other] = [1, 2].map(() => testEngine({ store: makeStore({ dir: "memory:", ...disk, clock: systemClock }), pollMs: 1 }))
  if (one === undefined || other === undefined) throw new Error("two engines")
  one.engine.commit(graph)
  const first = one.engine.settle()
  while (one.outcomes()["source"] === undefined) await turn()
  expect([one.started(), taken]).toEqual([["source", "stage"], 1])

  other.engine.commit(graph)
  const second = other.engine.settle()
  while (other.outcomes()["source"] === undefined) await turn()
  for (let i = 0; i < 100; i++) await turn()
  goOn()
  expect(await first).toMatchObject({ ran: 2 })
  expect(await second).toMatchObject({ ran: 0, reused: 2 })
  expect(taken).toBe(3)
  for (const { engine } of [one, other]) await engine.close()
})
