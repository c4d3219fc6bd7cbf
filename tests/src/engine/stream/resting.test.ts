/** Cores of jobs that wait for the consumers of their streams. SPEC P21, P7. */
import { expect, it } from "vitest"
import { defineKind, many, makeInlineTransport, memoryStore, systemClock, type Clock, type Graph } from "#src"
import { graphOf, number, type Row } from "../small-graph.ts"
import { testEngine, turn } from "../test-engine.ts"
import { mergeKind, plain, sinkKind, sourceKind, stageKind } from "./stream-kinds.ts"

/** Done when `until` resolves, and holds no core. */
const waitKind = (until: Promise<void>) =>
  plain(defineKind({ id: "test/wait", module: import.meta.url, title: "wait", params: {}, inputs: {}, outputs: { out: number }, cores: 0, run: () => until.then(() => ({ out: 1 })) }))

/** Work of one core that lasts until `until` resolves, and tells when it is done and how many of its sort there are. */
const workKind = (until: Promise<void>, running: { now: number; most: number }) =>
  plain(
    defineKind({
      id: "test/work",
      module: import.meta.url,
      title: "work",
      params: {},
      inputs: { from: many(number) },
      outputs: { out: number },
      run: async () => {
        running.most = Math.max(running.most, ++running.now)
        await until
        running.now--
        return { out: 1 }
      },
    }),
  )

const gate = () => {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open }
}

const filled = (kind: Row["kind"], params: Row["params"], ...from: string[]): Row => ({
  kind,
  params: { ...Object.fromEntries(Object.entries(kind.params).map(([name, param]) => [name, param.default ?? 0])), ...params },
  from,
})

/** A source and a stage of one core, a sink that is held, and work that is ready once the stage has given what the sink may be given. */
const setting = (clock: Clock) => {
  const [sinkGate, workGate, isReady] = [gate(), gate(), gate()]
  const running = { now: 0, most: 0 }
  const staged: number[] = []
  const stage = plain(
    stageKind(async () => {
      if (staged.push(running.now) === 3) isReady.open()
    }, 1),
  )
  const rest = {
    wait: filled(waitKind(isReady.passed), {}),
    work: filled(workKind(workGate.passed, running), {}, "wait"),
    other: filled(workKind(workGate.passed, running), {}, "wait", "wait"),
  }
  const graph: Graph = graphOf({
    source: filled(plain(sourceKind()), { count: 12 }),
    stage: filled(stage, { every: 1 }, "source"),
    sink: filled(plain(sinkKind(() => sinkGate.passed)), {}, "stage"),
    wait: rest.wait,
    work: rest.work,
  })
  const store = memoryStore(systemClock)
  const transport = makeInlineTransport({ blobs: store.blobs, clock: systemClock, capacity: 1 })
  return { graph, rest, sinkGate, workGate, running, staged, options: { store, transport, clock, credit: { items: 2, bytes: 2 ** 20 }, patienceMs: 20 } }
}

const until = async (is: () => boolean): Promise<void> => {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 1))
}

it("P21: a producer that waits gives its core to ready work, stands still until it has one again, and ends with the same", async () => {
  const { graph, sinkGate, workGate, running, staged, options } = setting(systemClock)
  const { engine, outcomes, started, out } = testEngine(options)
  engine.commit(graph)
  const settled = engine.settle()
  await until(() => running.now === 1)
  // The stage has begun and waits for the sink; the work has its core.
  expect(started()).toContain("stage")
  expect(outcomes()["stage"]).toBeUndefined()
  const before = staged.length
  sinkGate.open()
  for (let i = 0; i < 50; i++) await turn()
  // The sink takes what there is; the stage gets no core while the work has it.
  expect(staged.length).toBe(before)
  workGate.open()
  expect(await settled).toMatchObject({ ran: 5, failed: 0 })
  expect(staged.slice(before).every((others) => others === 0)).toBe(true)
  const alone = testEngine()
  alone.engine.commit(graph)
  await alone.engine.settle()
  expect(await out("sink")).toBe(await alone.out("sink"))
})

it("P21: until it has waited for as long as that takes, it keeps its core", async () => {
  let now = 0
  const { graph, sinkGate, workGate, running, options } = setting({ now: () => now, wall: () => now })
  const { engine } = testEngine(options)
  engine.commit(graph)
  const settled = engine.settle()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(running.most).toBe(0)
  now = 20
  await until(() => running.now === 1)
  sinkGate.open()
  workGate.open()
  expect(await settled).toMatchObject({ ran: 5, failed: 0 })
})

it("P21: a job that could go on gets its core from one that waits for it", async () => {
  const [sinkGate, isFull] = [gate(), gate()]
  const staged: string[] = []
  const stage = (name: string): Row["kind"] =>
    plain(
      stageKind(async () => {
        if (staged.push(name) === 3) isFull.open()
      }, 1),
    )
  const graph = graphOf({
    source: filled(plain(sourceKind()), { count: 12 }),
    first: filled(stage("first"), { add: 1, every: 1 }, "source"),
    held: filled(plain(sinkKind(() => sinkGate.passed)), {}, "first"),
    later: filled(plain(sourceKind({ pace: () => isFull.passed })), { count: 13 }),
    second: filled(stage("second"), { add: 2, every: 1 }, "later"),
    // All of the first before any of the second.
    merge: filled(plain(mergeKind()), {}, "first", "second"),
    sink: filled(plain(sinkKind()), {}, "merge"),
  })
  const store = memoryStore(systemClock)
  const { engine } = testEngine({ store, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock, capacity: 1 }), credit: { items: 2, bytes: 2 ** 20 }, patienceMs: 5 })
  engine.commit(graph)
  const settled = engine.settle()
  await until(() => staged.includes("second"))
  expect(staged.filter((name) => name === "first").length).toBeLessThan(12)
  sinkGate.open()
  expect(await settled).toMatchObject({ ran: 7, failed: 0 })
  await engine.close()
})

it("P21: a job that is stopped while its core is away leaves none missing", async () => {
  const { graph, rest, sinkGate, workGate, running, options } = setting(systemClock)
  const { engine, outcomes } = testEngine(options)
  engine.commit(graph)
  const settled = engine.settle()
  await until(() => running.now === 1)
  // Only the work is left, and then other work, which finds the core.
  const { wait, work, other } = rest
  engine.commit(graphOf({ wait, work, other }))
  const all = engine.settle()
  // Beside the engine nothing is stopped by force.
  sinkGate.open()
  workGate.open()
  await Promise.all([settled, all])
  expect(await engine.settle()).toMatchObject({ failed: 0, cancelled: 0 })
  expect(outcomes()).toMatchObject({ work: "ran", other: "ran" })
  // Nor is there one too many.
  expect(running.most).toBe(1)
  await engine.close()
})
