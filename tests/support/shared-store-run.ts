/**
 * A process of its own for tests that kill: `shared-store-run.ts DIR STEPS PAUSE NAMES…` trains one node for each name
 * on the store DIR (for NAME/length: tells how long the path of NAME is) and prints a line of JSON for each outcome and for progress.
 */
import * as E from "fp-ts/lib/Either.js"
import { makeEngine, makeWorkerTransport, openStore, systemClock, type Kind, type Node } from "#src"
import { length, slowly } from "./kinds/stepping.ts"

const [dir = "", steps = "1", pause = "0", ...names] = process.argv.slice(2)
const store = await openStore(dir, { clock: systemClock })
if (E.isLeft(store)) throw new Error(store.left.reason)
const transport = makeWorkerTransport({ store: store.right, clock: systemClock, capacity: 2 })
const engine = makeEngine({ store: store.right, transport, clock: systemClock, seed: 1, deviceFamily: async () => "", codeVersion: async () => "1", pollMs: 20 })
engine.events$.subscribe((event) => {
  if (event.type === "progress") process.stdout.write(`${JSON.stringify({ node: event.node, state: "progress", done: event.progress.done })}\n`)
  if (event.type === "outcome") process.stdout.write(`${JSON.stringify({ node: event.node, ...event.outcome })}\n`)
})
const nodes = names.map((path): [string, Node] => {
  const source = /^(.+)\/length$/.exec(path)?.[1]
  if (source !== undefined) return [path, { path, kind: length as unknown as Kind, params: {}, inputs: { path: [{ node: source, port: "path" }] }, knobs: {}, salt: "" }]
  return [path, { path, kind: slowly as unknown as Kind, params: { steps: Number(steps), pause: Number(pause) }, inputs: {}, knobs: {}, salt: path }]
})
engine.commit({ name: "shared", params: {}, nodes: new Map(nodes) })
await engine.settle()
await engine.close()
await transport.close()
await store.right.close()
