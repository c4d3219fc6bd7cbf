/** Nodes that run longer than they may. SPEC E4. */
import { expect, it } from "vitest"
import { memoryStore, systemClock } from "#src"
import { arithmetic, graphOf, sum } from "./small-graph.ts"
import { testEngine } from "./test-engine.ts"

it("E4: a node whose time is up is told to stop, fails for good, and runs again only when asked", async () => {
  const store = memoryStore(systemClock)
  let runs = 0
  const endless = arithmetic("test/endless", 1, (x) => x, {
    run: (_inputs: unknown, _params: unknown, { signal }: { readonly signal: AbortSignal }) => (runs++, new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))),
  } as never)
  const { engine, outcomes, events } = testEngine({ store, timeoutMs: 20 })
  engine.commit(graphOf({ a: { kind: sum, add: 1 }, b: { kind: endless, from: ["a"] }, c: { kind: sum, from: ["b"] }, d: { kind: sum, add: 4, from: ["a"] } }))
  await engine.settle()
  expect(outcomes()).toEqual({ a: "ran", b: "failed", c: "blocked", d: "ran" })
  expect(events.flatMap((event) => (event.type === "outcome" && event.outcome.state === "failed" ? [event.outcome.message] : []))).toEqual(["took longer than the 20 ms it was given"])
  // Not transient: one try, also after another settle.
  await engine.settle()
  expect(runs).toBe(1)
  engine.retry()
  await engine.settle()
  expect(runs).toBe(2)
})

it("E4: work that nobody wants any more is stopped as before, and is no failure", async () => {
  let aborted = 0
  const endless = arithmetic("test/endless", 1, (x) => x, {
    run: (_inputs: unknown, { add }: { readonly add: number }, { signal }: { readonly signal: AbortSignal }) =>
      add === 0 ? { out: 0 } : new Promise((_, reject) => signal.addEventListener("abort", () => (aborted++, reject(signal.reason)))),
  } as never)
  const { engine, outcomes, started } = testEngine({ timeoutMs: 60_000 })
  engine.commit(graphOf({ a: { kind: endless, add: 1 } }))
  const first = engine.settle()
  while (started().length === 0) await new Promise((resolve) => setImmediate(resolve))
  engine.commit(graphOf({ a: { kind: endless, add: 0 } }))
  await Promise.all([first, engine.settle()])
  expect([outcomes(), aborted]).toEqual([{ a: "ran" }, 1])
})
