/** What flows along edges: the pace of a stream while it flows, what came of it afterwards. SPEC L3. */
import * as E from "fp-ts/lib/Either.js"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { Hash } from "#src"
import type { Engine } from "../../../src/engine/engine.ts"
import { makeBoard } from "../../../src/live/board.ts"
import { makeFlowWatch } from "../../../src/live/flow-watch.ts"
import { plain, sourceKind } from "../engine/stream/stream-kinds.ts"
import { emptyState } from "./small-state.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const watched = () => {
  const now = { phase: "running", flow: undefined as ReturnType<Engine["flow"]>, outputs: {} }
  const engine = { node: () => ({ path: "text", kind: plain(sourceKind()) }), state: () => now, flow: () => now.flow } as unknown as Engine
  const board = makeBoard(emptyState)
  const values = { now: () => undefined, bytes: async () => E.left("not looked into"), read: async () => E.left("not asked for") }
  const flows = makeFlowWatch({ engine, board, values, clock: { now: () => Date.now(), wall: () => 0 } })
  return { now, flows, flow: () => board.member("flows", "text.out") }
}

it("L3: a stream that flows is told with its pace, twice a second, and without one when it has ended", async () => {
  const { now, flows, flow } = watched()
  flows.begin("text")
  await vi.advanceTimersByTimeAsync(500)
  // Nobody takes anything yet.
  expect(flow()).toBeUndefined()
  now.flow = { elements: 10, bytes: 400 }
  await vi.advanceTimersByTimeAsync(500)
  expect(flow()).toMatchObject({ what: "numbers", elements: 10, bytes: 400, perSecond: 10 })
  now.flow = { elements: 40, bytes: 1_600 }
  flows.touch("text")
  await vi.advanceTimersByTimeAsync(500)
  expect(flow()).toMatchObject({ elements: 40, bytes: 1_600, perSecond: 60 })
  Object.assign(now, { phase: "clean", flow: undefined, outputs: { out: { hash: "h" as Hash, bytes: 90, stream: { elements: 50, size: 2_000, segments: [] } } } })
  flows.streamed("text", "out", 3)
  await vi.advanceTimersByTimeAsync(500)
  expect(flow()).toMatchObject({ elements: 50, bytes: 2_000, perSecond: null, dropped: 3 })
  expect(vi.getTimerCount()).toBe(0)
})

it("L3: a stream that broke off has no pace", async () => {
  const { now, flows, flow } = watched()
  flows.begin("text")
  now.flow = { elements: 5, bytes: 50 }
  await vi.advanceTimersByTimeAsync(500)
  expect(flow()?.perSecond).toBe(10)
  Object.assign(now, { phase: "failed", flow: undefined })
  await vi.advanceTimersByTimeAsync(500)
  expect(flow()).toMatchObject({ elements: 5, perSecond: null })
  expect(vi.getTimerCount()).toBe(0)
})
