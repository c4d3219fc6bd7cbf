/** Streams of two engines on one store. SPEC W7, S6. */
import fc from "fast-check"
import { expect, it, onTestFinished, vi } from "vitest"
import { makeInlineTransport, memoryStore, systemClock, type Graph, type Store } from "#src"
import { memoryFiles } from "../../../../src/store/memory-files.ts"
import { makeStore } from "../../../../src/store/store.ts"
import { memoryTables } from "../../../../src/store/tables.ts"
import { graphOf } from "../small-graph.ts"
import { testEngine, turn, turns, type TestEngine } from "../test-engine.ts"
import { engineOf, graphOfNetwork, network, settled } from "./networks.ts"
import { mergeKind, plain, sinkKind, sourceKind, stageKind } from "./stream-kinds.ts"

/** Opens stores of processes that share a disk. */
const oneDisk = (): (() => Store) => {
  const disk = { files: memoryFiles(), tables: memoryTables() }
  return () => makeStore({ dir: "memory:", ...disk, clock: systemClock })
}
const engineOn = (open: () => Store): TestEngine => testEngine({ store: open(), pollMs: 1 })

it("W7, S6: what one engine began ahead of its producer, under a provisional key, another does not do under the final one", async () => {
  let goOn = (): void => undefined
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  let taken = 0
  const held = plain(stageKind(() => (taken++, gate), 1))
  const graph: Graph = graphOf({ source: { kind: plain(sourceKind()), params: { count: 3, size: 1, fail: -1 } }, stage: { kind: held, params: { add: 1, every: 1 }, from: ["source"] } })
  const open = oneDisk()
  const [one, other] = [engineOn(open), engineOn(open)]
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

it("W7, S6: of a chain begun ahead, of which a part has ended, another engine does no node again, whatever key its producer ran under", async () => {
  let goOn = (): void => undefined
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  let [first, last] = [0, 0]
  const middle = plain({ ...stageKind(async () => void first++, 1), id: "stream/middle" })
  const end = plain({ ...stageKind(() => (last++, gate), 1), id: "stream/end" })
  const graph: Graph = graphOf({
    source: { kind: plain(sourceKind()), params: { count: 3, size: 1, fail: -1 } },
    middle: { kind: middle, params: { add: 1, every: 1 }, from: ["source"] },
    end: { kind: end, params: { add: 1, every: 1 }, from: ["middle"] },
  })
  const open = oneDisk()
  const [one, other, third] = [engineOn(open), engineOn(open), engineOn(open)]
  one.engine.commit(graph)
  const settled = [one.engine.settle()]
  while (one.outcomes()["middle"] === undefined) await turn()
  expect([[...one.started()].sort(), first, last]).toEqual([["end", "middle", "source"], 3, 1])

  // It finds the result of `middle` under its final key, though it was made under a provisional one.
  other.engine.commit(graph)
  settled.push(other.engine.settle())
  while (other.outcomes()["middle"] === undefined) await turn()
  for (let i = 0; i < 100; i++) await turn()
  goOn()
  expect(await settled[0]).toMatchObject({ ran: 3 })
  expect(await settled[1]).toMatchObject({ ran: 0, reused: 3 })
  third.engine.commit(graph)
  expect(await third.engine.settle()).toMatchObject({ ran: 0, reused: 3 })
  expect([first, last]).toEqual([3, 3])
  for (const { engine } of [one, other, third]) await engine.close()
})

it("W7, S6: two engines that each run a node of no cores, one of them ahead of its producer, do once what reads its stream", async () => {
  let goOn = (): void => undefined
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  let taken = 0
  const graph: Graph = graphOf({
    source: { kind: plain(sourceKind()), params: { count: 3, size: 1, fail: -1 } },
    middle: { kind: plain({ ...stageKind(() => gate, 0), id: "stream/middle" }), params: { add: 1, every: 1 }, from: ["source"] },
    end: { kind: plain({ ...stageKind(async () => void taken++, 1), id: "stream/end" }), params: { add: 1, every: 1 }, from: ["middle"] },
  })
  const open = oneDisk()
  const [one, other] = [engineOn(open), engineOn(open)]
  one.engine.commit(graph)
  const first = one.engine.settle()
  while (one.outcomes()["source"] === undefined) await turn()
  expect([...one.started()].sort()).toEqual(["end", "middle", "source"])

  other.engine.commit(graph)
  const second = other.engine.settle()
  while (!other.started().includes("middle")) await turn()
  for (let i = 0; i < 100; i++) await turn()
  goOn()
  expect(await first).toMatchObject({ failed: 0, blocked: 0 })
  expect(await second).toMatchObject({ failed: 0, blocked: 0 })
  expect(taken).toBe(3)
  for (const { engine } of [one, other]) await engine.close()
})

it("W7, S6: who reads ahead what is being stopped, because another engine does what that reads, goes on when it is found in the store", async () => {
  const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
    let open = (): void => undefined
    return { opened: new Promise<void>((resolve) => (open = resolve)), open: () => open() }
  }
  const [ofMiddle, ofBoth] = [gate(), gate()]
  const graph = (middle: Promise<void>, both: Promise<void>): Graph =>
    graphOf({
      source: { kind: plain(sourceKind()), params: { count: 1, size: 1, fail: -1 } },
      middle: { kind: plain(stageKind(() => middle, 1)), params: { add: 1, every: 1 }, from: ["source"] },
      both: { kind: plain(mergeKind(() => both)), params: { turns: false }, from: ["source", "middle"] },
      sink: { kind: plain(sinkKind()), params: { most: 10 }, from: ["both"] },
    })
  const open = oneDisk()
  const [one, other] = [engineOn(open), engineOn(open)]
  // The other looks again for what one does when one has done everything.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  onTestFinished(() => void vi.useRealTimers())
  one.engine.commit(graph(ofMiddle.opened, Promise.resolve()))
  const first = settled(one)
  while (!one.started().includes("middle")) await turn()

  other.engine.commit(graph(Promise.resolve(), ofBoth.opened))
  const second = other.engine.settle()
  while (other.outcomes()["source"] === undefined) await turn()
  expect([...other.started()].sort()).toEqual(["both", "sink", "source"])
  ofMiddle.open()
  expect(await first).toMatchObject({ ran: 4 })
  vi.advanceTimersByTime(1)
  while (other.outcomes()["both"] === undefined) await turn()
  await turns()
  // Now the job that was told to stop does so, and with it the stream that `sink` reads.
  ofBoth.open()
  await settled(other)
  expect(await second).toMatchObject({ ran: 1, reused: 3 })
  for (const { engine } of [one, other]) await engine.close()
})

it("S6: who finds that its stream has come out equal is known by the provisional key it has now", async () => {
  const store = memoryStore(systemClock)
  const graph = (n: number): Graph =>
    graphOf({
      source: { kind: plain({ ...sourceKind(), id: `stream/source-${n}`, cores: 1 }), params: { count: 3, size: 1, fail: -1 } },
      stage: { kind: plain(stageKind(undefined, 1)), params: { add: 1, every: 1 }, from: ["source"] },
    })
  // One core: the stage waits for the end of its source.
  const { engine } = testEngine({ store, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock, capacity: 1 }) })
  const names = (): number => [...store.actions.all()].length
  for (const [n, ran, all] of [[1, 2, 3], [2, 1, 5], [1, 0, 5]] as const) {
    engine.commit(graph(n))
    expect([await engine.settle(), names()]).toMatchObject([{ ran }, all])
  }
  await engine.close()
})

it("W7, S6: of any network two engines on one store, one behind the other by any time, do no node of a core twice, and a third finds everything", { timeout: 120_000 }, async () => {
  let shared = 0
  await fc.assert(
    fc.asyncProperty(network, fc.nat(40), async (net, behind) => {
      // Mergers of what is empty would come to be one node when it has ended.
      const graph = graphOfNetwork(net, -1, (i) => ({ id: `stream/merge-${i}`, cores: net.stages[i]?.cores ?? 1 }))
      const open = oneDisk()
      const engines = [1, 2, 3].map(() => engineOf(net, open()))
      const start = async (one: (typeof engines)[number] | undefined) => {
        one?.engine.commit(graph)
        return one && settled(one)
      }
      const first = start(engines[0])
      for (let i = 0; i < behind; i++) await turn()
      const second = start(engines[1])
      for (const summary of [await first, await second]) expect(summary).toMatchObject({ failed: 0, blocked: 0, cancelled: 0 })
      await start(engines[2])
      const ran = engines.map(({ engine }) => [...graph.nodes.values()].flatMap(({ path, kind }) => (kind.cores === 1 && engine.outcome(path)?.state === "ran" ? [path] : [])))
      expect(ran[2]).toEqual([])
      expect(new Set(ran.flat()).size).toBe(ran.flat().length)
      if (ran[0]?.length !== 0 && ran[1]?.length !== 0) shared++
      for (const { engine } of engines) await engine.close()
    }),
    { numRuns: 400 },
  )
  expect(shared).toBeGreaterThan(80)
})
