/** Jobs in worker threads: results, errors, stops and new code, over a store on disk. SPEC P8, C3, C4. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeWorkerTransport, openStore, systemClock, type Graph, type Kind, type Node, type Store } from "#src"
import type { DeviceName } from "../../../src/device/device.ts"
import { failing, length, stepping } from "../../support/kinds/stepping.ts"
import { testEngine } from "./test-engine.ts"

let dir = ""
let store: Store
let transport: ReturnType<typeof makeWorkerTransport>
const device = (name: DeviceName) => ({ wanted: name, module: new URL("../../support/kinds/device.ts", import.meta.url).href })

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "cambium-workers-"))
  const made = await openStore(dir, { clock: systemClock })
  if (E.isLeft(made)) throw new Error(made.left.reason)
  store = made.right
  transport = makeWorkerTransport({ store, clock: systemClock, capacity: 2, device: device("onnx") })
})
afterAll(async () => {
  await transport.close()
  await store.close()
  await rm(dir, { recursive: true })
})

const node = (path: string, kind: unknown, params: Node["params"], inputs: Node["inputs"] = {}): Node => ({ path, kind: kind as Kind, params, inputs, knobs: {}, salt: "" })
const graphOf = (...nodes: readonly Node[]): Graph => ({ name: "workers", params: {}, nodes: new Map(nodes.map((one) => [one.path, one])) })
const train = (steps: number, blocks = false) => node("train", stepping, { steps, every: 2, blocks })

describe("worker transport", () => {
  it("P8: runs kinds from their modules, passes tensors as blobs, and gives what the engine's own thread gives", async () => {
    const graph = graphOf(train(10), node("length", length, {}, { path: [{ node: "train", port: "path" }] }))
    const far = testEngine({ store, transport })
    far.engine.commit(graph)
    expect(await far.engine.settle()).toMatchObject({ ran: 2 })
    expect(await far.out("length")).toBe(10)
    const near = testEngine()
    near.engine.commit(graph)
    await near.engine.settle()
    const hashOf = (test: typeof far) => (test.engine.outcome("train") as { outputs?: unknown }).outputs
    expect(hashOf(far)).toEqual(hashOf(near))
    expect(far.events.some(({ type }) => type === "progress")).toBe(true)
    // Its checkpoints went through the engine's thread into the store.
    far.engine.commit(graphOf(train(16)))
    await far.engine.settle()
    expect(far.engine.outcome("train")).toMatchObject({ why: { _tag: "Resumed", step: 10 } })
  })

  it("P8, E3: an error comes with its stack, the end of a thread as a transient failure; the next job gets another thread", async () => {
    const test = testEngine({ store, transport })
    test.engine.commit(graphOf(node("throws", failing, { how: 0 }), node("exits", failing, { how: 1 })))
    expect(await test.engine.settle()).toMatchObject({ failed: 2 })
    expect(test.engine.outcome("throws")).toMatchObject({ message: "not a number", stack: expect.stringContaining("stepping.ts") as string })
    expect(test.engine.outcome("exits")).toMatchObject({ message: expect.stringContaining("exit code 3") as string })
    expect(test.engine.counters().execs).toBe(1 + 3)
    test.engine.commit(graphOf(train(3)))
    expect(await test.engine.settle()).toMatchObject({ ran: 1 })
  })

  it("P8: a thread that was warmed has loaded a kind's module before its first job, and runs that job", async () => {
    const file = join(dir, "announced.mts")
    await writeFile(
      file,
      `import { isMainThread } from "node:worker_threads"
if (!isMainThread) {
  const told = new BroadcastChannel("cambium-test-loaded")
  told.postMessage(import.meta.url)
  told.close()
}
const out = { name: "n", view: "data", encode: (v: number) => [new TextEncoder().encode(String(v))], decode: (b: Uint8Array) => ({ _tag: "Right", right: Number(new TextDecoder().decode(b)) }) }
export const kind = { id: "test/announced", module: import.meta.url, title: "", params: {}, inputs: {}, outputs: { out }, run: () => ({ out: 4 }) }\n`,
    )
    const announced = { ...length, id: "test/announced", module: pathToFileURL(file).href, title: "announced", inputs: {} }
    const channel = new BroadcastChannel("cambium-test-loaded")
    const loaded: unknown[] = []
    const first = new Promise<void>((resolve) => (channel.onmessage = ({ data }: { readonly data: unknown }) => (loaded.push(data), resolve())))
    const warmed = makeWorkerTransport({ store, clock: systemClock, capacity: 1 })
    warmed.warm([announced])
    await first
    const test = testEngine({ store, transport: warmed })
    test.engine.commit(graphOf(node("announced", announced, {})))
    expect(await test.engine.settle()).toMatchObject({ ran: 1 })
    expect(await test.out("announced")).toBe(4)
    // By one thread, once.
    expect(loaded).toEqual([announced.module])
    channel.close()
    await warmed.close()
  })

  it("D7: the device is opened in the worker, with the job's threads; one that is not there fails the node in words", async () => {
    const test = testEngine({ store, transport })
    test.engine.commit(graphOf(node("uses", failing, { how: 2 })))
    expect(await test.engine.settle()).toMatchObject({ ran: 1 })
    const none = makeWorkerTransport({ store, clock: systemClock, capacity: 1, device: device("gpujs:webgpu") })
    const without = testEngine({ store, transport: none, codeVersion: async () => "fresh" })
    without.engine.commit(graphOf(node("uses", failing, { how: 2 })))
    await without.engine.settle()
    expect(without.engine.outcome("uses")).toMatchObject({ message: "gpujs:webgpu: no adapter answers" })
    expect(without.engine.outcome("uses")).not.toHaveProperty("stack")
    await none.close()
  })

  it("D13: the wish to trap what is not finite goes with the device", async () => {
    const trapping = makeWorkerTransport({ store, clock: systemClock, capacity: 1, device: { ...device("gpujs:webgpu"), trapNan: true } })
    const test = testEngine({ store, transport: trapping, codeVersion: async () => "trapping" })
    test.engine.commit(graphOf(node("uses", failing, { how: 2 })))
    await test.engine.settle()
    expect(test.engine.outcome("uses")).toMatchObject({ message: "gpujs:webgpu: no adapter answers, trapping" })
    await trapping.close()
  })

  it("C4: a thread that does not answer is ended after the grace time; its checkpoints stay", async () => {
    const test = testEngine({ store, transport, graceMs: 50 })
    test.engine.commit(graphOf(train(20, true)))
    const settling = test.engine.settle()
    while (!test.events.some((event) => event.type === "progress" && event.progress.done === 20)) await new Promise((resolve) => setTimeout(resolve, 5))
    test.engine.commit(graphOf(train(22)))
    expect(await settling).toMatchObject({ ran: 1 })
    await test.engine.cancel()
    expect(test.engine.counters()).toMatchObject({ aborts: 1, execs: 2 })
  })

  it("P8: code that changed on disk runs as it is now", async () => {
    const file = join(dir, "kind.mts")
    const write = (result: number) =>
      writeFile(
        file,
        `const out = { name: "n", view: "data", encode: (v: number) => [new TextEncoder().encode(String(v))], decode: (b: Uint8Array) => ({ _tag: "Right", right: Number(new TextDecoder().decode(b)) }) }
export const kind = { id: "test/edited", module: import.meta.url, title: "", params: {}, inputs: {}, outputs: { out }, run: () => ({ out: ${result} }) }\n`,
      )
    const edited = (version: string) => ({ ...length, id: "test/edited", module: pathToFileURL(file).href, title: version, inputs: {} })
    const test = testEngine({ store, transport })
    for (const result of [1, 2]) {
      await write(result)
      test.engine.commit(graphOf(node("edited", edited(String(result)), {})))
      await test.engine.settle()
      expect(await test.out("edited")).toBe(result)
    }
    await writeFile(join(dir, "empty.mts"), "export {}\n")
    test.engine.commit(graphOf(node("none", { ...edited("3"), id: "test/none", module: pathToFileURL(join(dir, "empty.mts")).href }, {})))
    await test.engine.settle()
    expect(test.engine.outcome("none")).toMatchObject({ state: "failed", message: expect.stringContaining("exports no kind test/none") as string })
  })
})
