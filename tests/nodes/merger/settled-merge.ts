/** A merge of given values, settled by an engine: what ran inside it, how often each node asked the device, and what came out. */
import * as E from "fp-ts/lib/Either.js"
import { buildGraph, defineKind, graph, hashBytes, memoryStore, must, systemClock, text, type Device, type Kind, type Output, type PortType, type Store } from "#src"
import { makeDecodedCache } from "../../../src/engine/decoded-cache.ts"
import { execute } from "../../../src/engine/execute.ts"
import { outputsOf } from "../../../src/engine/why-not.ts"
import { testEngine } from "../../src/engine/test-engine.ts"
import { fakeContext } from "../fake-context.ts"

/** Gives a value, whose bytes name it. */
const given = (type: PortType, value: unknown) => {
  const name = hashBytes(Buffer.concat(type.encode(value)))
  const kind = defineKind({ id: "test/given", module: import.meta.url, title: "1", params: { name: text({ doc: "Hash" }) }, inputs: {}, outputs: { value: type }, cores: 0, run: () => ({ value }) })
  return [kind, { name }] as const
}

export interface SettledMerge {
  /** Nodes inside the merge that were computed, sorted, without those whose results were known. */
  readonly ran: readonly string[]
  /** Runs on the device of each of those that had any. */
  readonly runs: { readonly [node: string]: number }
  /** Of the result; undefined if there is none. */
  readonly hash: string | undefined
  readonly value: unknown
  readonly messages: readonly string[]
}

/** What `kind` makes of `inputs`, values by port, lists for ports of many edges. Another call with the same store is what a new process does with it. */
export const settledMerge = async (device: Device, kind: Kind, inputs: { readonly [port: string]: unknown }, params: object = {}, store: Store = memoryStore(systemClock)): Promise<SettledMerge> => {
  const built = buildGraph(graph("merging", (g) => {
    const add = g.add as unknown as (path: string, kind: unknown, params: object, wires?: object) => { readonly [port: string]: Output }
    const wires = Object.entries(inputs).map(([port, values]) => {
      const { type, arity } = must(kind.inputs[port], port)
      const outputs = [values].flat().map((value, i) => must(add(`given/${port}/${i}`, ...given(type as PortType, value))["value"], port))
      return [port, arity === "many" ? outputs : outputs[0]] as const
    })
    add("merge", kind, params, Object.fromEntries(wires))
  }))
  if (E.isLeft(built)) throw new Error(JSON.stringify(built.left))
  const watched = fakeContext(device)
  const site = { blobs: store.blobs, clock: systemClock, decoded: makeDecodedCache(2 ** 26), device: { open: () => watched.context.device(), close: () => Promise.resolve() } }
  // One job at a time, so that the runs between its beginning and its end are its own.
  const runsOf = new Map<string, number>()
  const { engine, events } = testEngine({
    store,
    transport: {
      capacity: 1,
      execute: async (job, hooks) => {
        const before = watched.runs.length
        const result = await execute(job, hooks, site)
        runsOf.set(job.key, watched.runs.length - before)
        return result
      },
      reload: () => undefined,
      close: () => Promise.resolve(),
    },
  })
  engine.commit(built.right)
  await engine.settle()
  const outcome = engine.outcome("merge")
  await engine.close()
  const started = events.flatMap((event) => (event.type === "started" && event.node.startsWith("merge/") ? [[event.node.slice("merge/".length), runsOf.get(event.key) ?? 0] as const] : []))
  const [output] = Object.entries(kind.outputs)
  const hash = outputsOf(outcome)?.[must(output, "output")[0]]?.hash
  const bytes = hash === undefined ? undefined : await store.blobs.get(hash)
  return {
    ran: started.map(([node]) => node).toSorted(),
    runs: Object.fromEntries(started.filter(([, runs]) => runs > 0)),
    hash,
    value: bytes === undefined || E.isLeft(bytes) ? undefined : right((must(output, "output")[1] as PortType).decode(bytes.right)),
    messages: events.flatMap((event) => (event.type === "outcome" && event.outcome.state === "failed" ? [event.outcome.message] : [])),
  }
}

const right = (value: E.Either<string, unknown>): unknown => {
  if (E.isLeft(value)) throw new Error(value.left)
  return value.right
}
