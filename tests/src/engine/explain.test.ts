/** Why a node ran, followed back to the edit, within one process and across two. SPEC R6. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { expect, it } from "vitest"
import { describeWhy, type Kind } from "#src"
import { makeFingerprint } from "../../../src/engine/fingerprint.ts"
import { testEngine, type TestEngine } from "./test-engine.ts"
import { arithmetic, graphOf, sum, third } from "./small-graph.ts"
import { plain, sourceKind, stageKind } from "./stream/stream-kinds.ts"

const chain = (add: number, first: Kind = sum) =>
  graphOf({ a: { kind: first, add }, b: { kind: sum, from: ["a"] }, c: { kind: sum, add: 5, from: ["b"] }, aside: { kind: third, add: 1 } })

const whys = ({ events }: TestEngine, from = 0): Readonly<Record<string, string>> =>
  Object.fromEntries(events.slice(from).flatMap((event) => (event.type === "outcome" && event.outcome.state === "ran" ? [[event.node, describeWhy(event.outcome.why)]] : [])))

const rerun = async (first: TestEngine, graph: ReturnType<typeof chain>, options: Parameters<typeof testEngine>[0] = {}): Promise<Readonly<Record<string, string>>> => {
  const again = testEngine({ ...options, store: first.store })
  again.engine.commit(graph)
  await again.engine.settle()
  return whys(again)
}

const settled = async (graph: ReturnType<typeof chain>, options: Parameters<typeof testEngine>[0] = {}): Promise<TestEngine> => {
  const test = testEngine(options)
  test.engine.commit(graph)
  await test.engine.settle()
  return test
}

it("R6: nodes that never ran are new", async () => {
  expect(whys(await settled(chain(1)))).toEqual({ a: "first run", b: "first run", c: "first run", aside: "first run" })
})

it("R6: an edit is named with its old and new value, and what follows names it as its cause", async () => {
  const expected = {
    a: "param add 1 -> 2",
    b: "input from from a changed (param add 1 -> 2)",
    c: "input from from b changed (a: param add 1 -> 2)",
  }
  const test = await settled(chain(1))
  const from = test.events.length
  test.engine.commit(chain(2))
  await test.engine.settle()
  expect(whys(test, from)).toEqual(expected)
  expect(await rerun(await settled(chain(1)), chain(2))).toEqual(expected)
})

it("R6: the cause is remembered when the run that followed the edit did not finish", async () => {
  const test = await settled(chain(1))
  test.engine.commit(chain(2))
  await test.engine.settle(["a"])
  expect(await rerun(test, chain(2))).toMatchObject({ b: "input from from a changed (param add 1 -> 2)" })
})

it("R6: a node that was taken out and comes back is compared with its last run", async () => {
  const test = await settled(chain(1))
  test.engine.commit(graphOf({ aside: { kind: third, add: 1 } }))
  await test.engine.settle()
  const from = test.events.length
  test.engine.commit(chain(2))
  await test.engine.settle()
  expect(whys(test, from)).toMatchObject({ a: "param add 1 -> 2", b: "input from from a changed (param add 1 -> 2)" })
})

it("R6, S5: what starts ahead of its producer names the edit that made the producer run, not the one before", async () => {
  const producer = plain({ ...sourceKind(), cores: 1 })
  const [stage, stream] = [plain(stageKind(undefined, 1)), (count: number) => graphOf({ source: { kind: producer, params: { count, size: 1, fail: -1 } }, stage: { kind: stage, params: { add: 1, every: 1 }, from: ["source"] } })]
  const test = testEngine()
  for (const count of [3, 4, 5]) {
    const from = test.events.length
    test.engine.commit(stream(count))
    await test.engine.settle()
    const kinds = test.events.slice(from).flatMap((event) => (event.type === "started" || event.type === "outcome" ? [`${event.type} ${event.node}`] : []))
    expect(kinds.indexOf("started stage")).toBeLessThan(kinds.indexOf("outcome source"))
    if (count === 3) continue
    const edit = `param count ${count - 1} -> ${count}`
    expect(whys(test, from)).toEqual({ source: edit, stage: `input from from source changed (${edit})` })
  }
  await test.engine.close()
})

it("R6: seed, device, code and kind", async () => {
  const seeded = arithmetic("test/seeded", 1, (x) => x, { seeded: true, onDevice: true })
  const graph = chain(1, seeded)
  expect(await rerun(await settled(graph), graph, { seed: 2 })).toEqual({ a: "seed changed" })
  expect(await rerun(await settled(graph), graph, { deviceFamily: async () => "other" })).toEqual({ a: "device test-family -> other" })
  expect(await rerun(await settled(graph), graph, { codeVersion: async (kind) => (kind === third ? "new" : kind.title) })).toEqual({ aside: "code changed" })
  expect(await rerun(await settled(graph), chain(6, third))).toMatchObject({ a: "first run" })
})

it("R6, K6: a file is read again when it changes, and named", async () => {
  const dir = await mkdtemp(join(tmpdir(), "cambium-files-"))
  const file = join(dir, "text.txt")
  const reading = arithmetic("test/reading", 1, (x) => x, { files: () => [file] })
  const graph = chain(1, reading)
  const missing = await settled(graph)
  await writeFile(file, "one")
  expect(await rerun(missing, graph)).toEqual({ a: `file ${file} changed` })
  expect(await rerun(missing, graph)).toEqual({})
  await writeFile(file, "three")
  const test = testEngine({ store: missing.store })
  test.engine.commit(graph)
  expect(await test.engine.settle()).toMatchObject({ ran: 1, reused: 3 })
  // An equal graph, but the file is another one by now.
  await writeFile(file, "fourteen")
  test.engine.commit(graph)
  expect(await test.engine.settle()).toMatchObject({ ran: 1 })
  await rm(dir, { recursive: true })
})

it("K6: files below the folder it runs in are named from there, so that what is kept of a run does not say where that lies; others by their paths", async () => {
  const named = async (path: string) => (await makeFingerprint((await settled(chain(1))).store.notes)([path])).map(({ name }) => name)
  expect(await named(resolve("src/SPEC.md"))).toEqual(["src/SPEC.md"])
  expect(await named("src/SPEC.md")).toEqual(["src/SPEC.md"])
  expect(await named(resolve("..beside.txt"))).toEqual(["..beside.txt"])
  expect(await named(resolve("..", "elsewhere.txt"))).toEqual([resolve("..", "elsewhere.txt")])
  const reading = arithmetic("test/reading", 1, (x) => x, { files: () => [resolve("src/SPEC.md")] })
  const test = await settled(chain(1))
  expect(await rerun(test, chain(1, reading))).toMatchObject({ a: "first run" })
  expect(await rerun(test, chain(1, { ...reading, files: () => [resolve("package.json")] }))).toEqual({ a: "file package.json changed" })
})

it("R6: other graphs on the store have their own history", async () => {
  const first = await settled(chain(1))
  const other = testEngine({ store: first.store })
  other.engine.commit({ ...chain(2), name: "another" })
  await other.engine.settle()
  expect(whys(other)).toMatchObject({ a: "first run" })
})
