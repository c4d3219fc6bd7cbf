/**
 * The process that is killed: `child.ts STORE FILE SETS` runs a graph on a store as `cambium run --tiny` does, and prints
 * a line of JSON for everything that happens, at once. Its nodes run beside the engine under a clock that runs fast, so
 * that checkpoints fall due every 100 ms and not every 5 s.
 */
import * as E from "fp-ts/lib/Either.js"
import { systemClock, type Clock } from "../../src/base/clock.ts"
import { makeEngine } from "../../src/engine/engine.ts"
import { makeInlineTransport } from "../../src/engine/inline-transport.ts"
import type { Transport } from "../../src/engine/transport.ts"
import { openStore } from "../../src/store/open-store.ts"
import { describeStoreError } from "../../src/store/store-error.ts"
import { chooseFor } from "../command/device-choice.ts"
import { loadGraph } from "../command/load-graph-file.ts"
import type { ChildLine } from "./child-line.ts"

const speed = 50
const fast: Clock = { now: () => systemClock.now() * speed, wall: systemClock.wall }

// A pipe is written to before `write` returns: what was said is heard, whatever happens next.
const say = (line: ChildLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const run = async ([dir = "", file = "", sets = "[]"]: readonly string[]): Promise<void> => {
  const graph = await loadGraph(file, { set: JSON.parse(sets) as readonly string[], tiny: true })
  if (E.isLeft(graph)) throw new Error(graph.left.messages.join("\n"))
  say({ type: "ready" })
  const store = await openStore(dir, { clock: systemClock })
  if (E.isLeft(store)) throw new Error(describeStoreError(store.left))
  const device = await chooseFor("onnx", store.right.notes)
  if (E.isLeft(device)) throw new Error(device.left)
  const inline = makeInlineTransport({ blobs: store.right.blobs, clock: fast, device: { wanted: device.right.wanted, module: new URL("../../src/device/open.ts", import.meta.url).href, trapNan: false } })
  const transport: Transport = {
    ...inline,
    execute: (job, hooks) =>
      inline.execute(job, {
        ...hooks,
        get signal() {
          return hooks.signal
        },
        onProgress: (progress) => (say({ type: "step", key: job.key, step: progress.done }), hooks.onProgress(progress)),
        onCheckpoint: async (record) => {
          const added = await hooks.onCheckpoint(record)
          say({ type: "checkpoint", key: job.key, step: record.step })
          return added
        },
      }),
  }
  const engine = makeEngine({
    store: store.right,
    transport,
    clock: systemClock,
    seed: 0,
    deviceFamily: async () => device.right.family,
    codeVersion: async () => "1",
  })
  engine.events$.subscribe((event) => {
    if (event.type === "started") say({ type: "started", key: event.key })
    if (event.type !== "outcome") return
    const { outcome } = event
    if (outcome.state === "failed") throw new Error(`${event.node}: ${outcome.message}`)
    if (outcome.state === "ran" || outcome.state === "reused") {
      say({ type: "outcome", node: event.node, state: outcome.state, key: outcome.key, outputs: Object.fromEntries(Object.entries(outcome.outputs).map(([port, { hash }]) => [port, hash])) })
    }
  })
  engine.commit(graph.right)
  await engine.settle()
  await engine.close()
  await transport.close()
  await store.right.close()
}

await run(process.argv.slice(2))
