/** A drag on a live session, over work that is quick and work that takes long. SPEC L5. */
import { expect, it } from "vitest"
import { memoryStore, systemClock } from "#src"
import { heldTransport, lastingTransport, turns } from "../engine/test-engine.ts"
import { right, sizeOf, testSession } from "./live-graph.ts"


it("L5: dragged over work that takes long, one run is under way and one value waits; what is given up is told to stop", async () => {
  const store = memoryStore(systemClock)
  const transport = heldTransport(store, 2)
  const lasting = lastingTransport(transport, ({ kind, params }) => kind.id === "test/mix" && params["weight"] !== 0.5)
  const made = testSession({ store, transport: lasting })
  await made.quiet()
  const before = made.engine.counters()
  const values = Array.from({ length: 30 }, (_, i) => (i + 1) / 100)
  let most = 0
  const edits: Promise<unknown>[] = []
  for (const weight of values) {
    edits.push(made.session.edit({ op: "set", node: "mix", params: { weight } }, "drag"))
    await new Promise((resolve) => setTimeout(resolve, 40))
    most = Math.max(most, transport.held.length)
  }
  await Promise.all(edits)
  await turns()
  // The one that is left is of the value that the hand rests on.
  expect(transport.held.map(({ job }) => job.params["weight"])).toEqual([0.3])
  transport.held[0]?.release()
  await made.quiet()
  await new Promise((resolve) => setTimeout(resolve, 150))
  const { execs, aborts } = made.engine.counters()
  const { superseded, cancelled } = made.session.board.get("engine")
  const runs = execs - before.execs - 1
  expect(most).toBe(1)
  expect(runs).toBeGreaterThan(1)
  expect([runs + superseded, aborts - before.aborts, cancelled - before.aborts]).toEqual([values.length, runs - 1, runs - 1])
  expect(sizeOf(made)).toBe(0.6)
  await made.session.close()
})

it("L5: of a drag every result that was let through is told with the revision it is of, before the next value begins", async () => {
  const store = memoryStore(systemClock)
  const transport = heldTransport(store, 2)
  // No time passes: everything is quick.
  const made = testSession({ store, transport, clock: { ...systemClock, now: () => 0 } })
  const letGo = async (): Promise<void> => {
    await turns()
    for (const job of [...transport.held]) job.release()
  }
  for (let i = 0; i < 6; i++) await letGo()
  await made.quiet()
  const told: { readonly revision: number; readonly size: number; readonly isFresh: boolean }[] = []
  let seen = made.session.board.member("statuses", "size")?.headlineRevision
  made.session.board.onChange(() => {
    const status = made.session.board.member("statuses", "size")
    if (status?.headline?._tag !== "metric" || status.headlineRevision === seen) return
    seen = status.headlineRevision
    told.push({ revision: status.headlineRevision, size: status.headline.values["size"] as number, isFresh: status.isFresh })
  })
  // The first is seen alone, so that those after it count as quick; each of them is followed by a newer one while it runs.
  const first = made.session.edit({ op: "set", node: "mix", params: { weight: 0.1 } }, "drag")
  for (let i = 0; i < 3; i++) await letGo()
  await turns()
  const edits = [first]
  for (const weight of [0.2, 0.3, 0.4, 0.45]) {
    edits.push(made.session.edit({ op: "set", node: "mix", params: { weight } }, "drag"))
    if (edits.length === 2) continue
    // The composition, then the metric, of the value before.
    await letGo()
    await letGo()
    await turns()
  }
  for (let i = 0; i < 3; i++) await letGo()
  const revisions = (await Promise.all(edits)).map(right)
  await made.quiet()
  expect(told.map(({ revision, size }) => [revision, size])).toEqual([0.1, 0.2, 0.3, 0.4, 0.45].map((weight, i) => [revisions[i], 2 * weight]))
  expect(told.map(({ isFresh }) => isFresh)).toEqual([true, true, true, true, true])
  expect(made.session.board.get("engine")).toMatchObject({ superseded: 0, cancelled: 0 })
  await made.session.close()
})
