/** What jobs use besides cores, and who goes first. SPEC P17, P18. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { memoryStore, systemClock, type Kind } from "#src"
import { heldTransport, testEngine, turn } from "./test-engine.ts"
import { arithmetic, graphOf, sum, type Row } from "./small-graph.ts"

/** Uses as much memory as its param says, and a place on the GPU. */
const hungry = (id: string, cores: number): Kind => arithmetic(id, 1, (x) => x, { cores, uses: ({ add }: { readonly add: number }) => ({ memory: add, gpu: add % 2, unlimited: 99 }) } as Partial<Kind>)
const wide = hungry("test/wide", 1)
const light = hungry("test/light", 0)

it("P17: limits are never exceeded, whoever ends first, and everything ends", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ add: fc.integer({ min: 0, max: 8 }), isLight: fc.boolean(), after: fc.boolean() }), { minLength: 1, maxLength: 9 }), fc.array(fc.nat(), { minLength: 1 }), async (jobs, picks) => {
      const store = memoryStore(systemClock)
      const transport = heldTransport(store, 3)
      const { engine } = testEngine({ store, transport, resources: { memory: 8, gpu: 1 } })
      const rows: Record<string, Row> = {}
      jobs.forEach(({ add, isLight, after }, i) => (rows[`n${i}`] = { kind: isLight ? light : wide, add, salt: `${i}`, from: after && i > 0 ? [`n${i - 1}`] : [] }))
      engine.commit(graphOf(rows))
      let summary: { readonly failed: number } | undefined
      void engine.settle().then((one) => (summary = one))
      for (let i = 0; summary === undefined; i++) {
        expect(i).toBeLessThan(200)
        await turn()
        const running = transport.held.map(({ job }) => job.params["add"] as number)
        expect(running.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(8)
        expect(running.reduce((a, b) => a + (b % 2), 0)).toBeLessThanOrEqual(1)
        expect(transport.held.reduce((threads, { hooks }) => threads + hooks.threads, 0)).toBeLessThanOrEqual(3)
        transport.held[picks[i % picks.length]! % Math.max(1, transport.held.length)]?.release()
      }
      expect(summary.failed).toBe(0)
    }),
    { numRuns: 100 },
  )
})

it("P17: what a large job lacks is kept for it, other work goes first, and what can never fit fails", async () => {
  const store = memoryStore(systemClock)
  const transport = heldTransport(store, 3)
  const { engine, started } = testEngine({ store, transport, resources: { memory: 8, gpu: 1 } })
  engine.commit(graphOf({ first: { kind: wide, add: 4 }, large: { kind: wide, add: 8 }, small: { kind: wide, add: 2 }, plain: { kind: sum }, never: { kind: wide, add: 10 } }))
  const settling = engine.settle()
  await turn()
  await turn()
  // Small would fit beside first, and large would wait for it then.
  expect([...started()].sort()).toEqual(["first", "plain"])
  expect(engine.outcome("never")).toMatchObject({ state: "failed", message: "needs 10 of memory, and there is 8" })
  while (transport.held.length > 0) {
    transport.held[0]!.release()
    await turn()
    await turn()
  }
  expect(await settling).toMatchObject({ ran: 4, failed: 1 })
  expect(started().slice(2)).toEqual(["large", "small"])
})

it("P18: an interactive settle goes before a preview, and that before a batch, also when it comes later", async () => {
  const store = memoryStore(systemClock)
  const transport = heldTransport(store, 1)
  const { engine, started } = testEngine({ store, transport })
  // The longest chain begins with n0, so a batch alone would go by it.
  engine.commit(graphOf({ n0: { kind: sum, add: 0 }, n1: { kind: sum, add: 1, from: ["n0"] }, n2: { kind: sum, add: 2, from: ["n1"] }, other: { kind: sum, add: 3 }, seen: { kind: sum, add: 4 }, touched: { kind: sum, add: 5 } }))
  const all = [engine.settle(), engine.settle(["seen"], "preview")]
  await turn()
  expect(started()).toEqual(["seen"])
  all.push(engine.settle(["touched"], "interactive"))
  await turn()
  while (transport.held.length > 0) {
    transport.held[0]!.release()
    await turn()
    await turn()
  }
  await Promise.all(all)
  expect(started().slice(0, 4)).toEqual(["seen", "touched", "n0", "n1"])
})
