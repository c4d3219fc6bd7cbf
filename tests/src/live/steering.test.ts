/** The pace of edits, on a clock and an engine that do nothing by themselves. SPEC L5. */
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { systemClock, type Engine, type Graph } from "#src"
import { makeSteering, type Steering } from "../../../src/live/steering.ts"

let now = 0
beforeEach(() => {
  now = 0
  vi.useFakeTimers()
})
afterEach(() => void vi.useRealTimers())

const pass = async (ms: number): Promise<void> => {
  now += ms
  await vi.advanceTimersByTimeAsync(ms)
}

const steered = () => {
  const committed: number[] = []
  const settling: (() => void)[] = []
  const told: boolean[] = []
  const engine = {
    commit: (graph: Graph) => committed.push(Number(graph.name)),
    settle: () => new Promise((resolve) => settling.push(() => resolve({ ms: 0 }))),
  } as unknown as Engine
  const steering: Steering = makeSteering({ engine, clock: { ...systemClock, now: () => now }, onCommit: () => undefined, onChange: () => told.push(steering.isBusy()), onFault: (error) => expect.fail(String(error)) })
  const nodes = new Map([["mix", { path: "mix", inputs: {} }]])
  const drag = (value: number): void => void steering.submit({ name: String(value), nodes } as unknown as Graph, { touched: ["mix"], dragged: true })
  /** All of the graph is up to date. */
  const end = async (): Promise<void> => {
    settling.splice(0).forEach((one) => one())
    await pass(0)
  }
  return { steering, committed, told, drag, end }
}

it("L5: while a value waits for the one before it, the experiment is busy, also as that one ends", async () => {
  const { steering, committed, told, drag, end } = steered()
  drag(1)
  await pass(50)
  await end()
  drag(2)
  drag(3)
  expect(committed).toEqual([1, 2])
  told.length = 0
  await end()
  expect(committed).toEqual([1, 2, 3])
  expect(told.every((isBusy) => isBusy)).toBe(true)
  await end()
  expect([told.at(-1), steering.isBusy()]).toEqual([false, false])
})

it("L5: what was quick is let through, and of the values that came meanwhile only the newest runs", async () => {
  const { steering, committed, drag, end } = steered()
  drag(1)
  await pass(50)
  await end()
  for (const value of [2, 3, 4, 5]) {
    drag(value)
    await pass(16)
  }
  expect(committed).toEqual([1, 2])
  await end()
  expect([committed, steering.superseded()]).toEqual([[1, 2, 5], 2])
})

it("L5: work that is slower than the last time is waited for longer each time it was in vain", async () => {
  const { committed, drag, end } = steered()
  drag(1)
  await pass(30)
  await end()
  const waits: number[] = []
  drag(2)
  let at = now
  for (let value = 3; value < 400 && waits.length < 4; value++) {
    const before = committed.length
    drag(value)
    await pass(10)
    if (committed.length === before) continue
    waits.push(now - at)
    at = now
  }
  expect(waits).toEqual([300, 600, 1_000, 1_000])
})
