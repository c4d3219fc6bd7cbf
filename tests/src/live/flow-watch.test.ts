/** What flows along edges: the pace of a stream while it flows, what came of it afterwards. SPEC L3. */
import * as E from "fp-ts/lib/Either.js"
import * as t from "io-ts"
import { Subject } from "rxjs"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { ndarray, tensorsPort, stream, type Hash } from "#src"
import type { Engine } from "../../../src/engine/engine.ts"
import { makeBoard } from "../../../src/live/board.ts"
import { makeFlowWatch } from "../../../src/live/flow-watch.ts"
import { graphOf } from "../engine/small-graph.ts"
import { testEngine, turns } from "../engine/test-engine.ts"
import { plain, sinkKind, sourceKind } from "../engine/stream/stream-kinds.ts"
import { emptyState } from "./small-state.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const nothing = { now: () => undefined, bytes: async () => E.left("not looked into"), read: async () => E.left("not asked for") }
const rows = tensorsPort("rows", t.type({}))

const watched = () => {
  const now = { phase: "running", flow: undefined as ReturnType<Engine["flow"]>, outputs: {} }
  const elements = new Subject<unknown>()
  const kind = { ...plain(sourceKind()), outputs: { out: stream(rows) } }
  const engine = { node: () => ({ path: "text", kind }), state: () => now, flow: () => now.flow, stream$: () => elements } as unknown as Engine
  const board = makeBoard(emptyState)
  const flows = makeFlowWatch({ engine, board, values: nothing, clock: { now: () => Date.now(), wall: () => 0 } })
  return { now, flows, elements, flow: () => board.member("flows", "text.out") }
}

it("L3: a stream that flows is told with its pace, twice a second, and without one when it has ended", async () => {
  const { now, flows, elements, flow } = watched()
  flows.begin("text")
  await vi.advanceTimersByTimeAsync(500)
  // Nobody takes anything yet.
  expect(flow()).toBeUndefined()
  now.flow = { elements: 10, bytes: 400 }
  await vi.advanceTimersByTimeAsync(500)
  expect(flow()).toMatchObject({ what: "rows", elements: 10, bytes: 400, perSecond: 10 })
  now.flow = { elements: 40, bytes: 1_600 }
  elements.next({ meta: {}, tensors: { x: ndarray("f32", [2, 3], new Float32Array(6)) } })
  flows.touch("text")
  await vi.advanceTimersByTimeAsync(500)
  expect(flow()).toMatchObject({ what: "f32 [2, 3]", dtype: "f32", shape: [2, 3], elements: 40, bytes: 1_600, perSecond: 60 })
  Object.assign(now, { phase: "clean", flow: undefined, outputs: { out: { hash: "h" as Hash, bytes: 90, stream: { elements: 50, size: 2_000, segments: [] } } } })
  flows.touch("text")
  await vi.advanceTimersByTimeAsync(500)
  expect(flow()).toMatchObject({ elements: 50, bytes: 2_000, perSecond: null })
  expect(vi.getTimerCount()).toBe(0)
  expect(elements.observed).toBe(false)
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

it("L3: of a stream under way the newest element can be looked at, and of one that has ended none", async () => {
  vi.useRealTimers()
  let goOn = (): void => undefined
  const kind = plain(sourceKind({ pace: () => new Promise<void>((resolve) => (goOn = resolve)) }))
  const { engine } = testEngine()
  const flows = makeFlowWatch({ engine, board: makeBoard(emptyState), values: nothing, clock: { now: () => Date.now(), wall: () => 0 } })
  engine.events$.subscribe((event) => event.type === "started" && flows.begin(event.node))
  engine.commit(graphOf({ source: { kind, params: { count: 2, size: 2, fail: -1 } }, sink: { kind: plain(sinkKind()), params: { most: 1e6 }, from: ["source"] } }))
  const settled = engine.settle()
  await turns()
  expect(flows.newest("source", "out")).toBeUndefined()
  goOn()
  await turns()
  expect(flows.newest("source", "out")).toEqual([0, 1])
  goOn()
  await settled
  flows.close()
  expect(flows.newest("source", "out")).toBeUndefined()
})
