/** An engine over a memory store for tests, with everything it says recorded and its jobs held until they are let go. */
import * as E from "fp-ts/lib/Either.js"
import { makeEngine, makeInlineTransport, memoryStore, systemClock, type Engine, type EngineEvent, type EngineOptions, type Kind, type Store, type Transport } from "#src"
import type { Job, JobHooks, JobResult } from "../../../src/engine/transport.ts"
import { number } from "./small-graph.ts"

export interface TestEngine {
  readonly engine: Engine
  readonly store: Store
  readonly events: EngineEvent[]
  /** Paths of nodes whose work was started, in order. */
  readonly started: () => readonly string[]
  readonly outcomes: () => { readonly [path: string]: string }
  readonly out: (path: string) => Promise<number>
}

export const versionOf = async (kind: Kind): Promise<string> => kind.title

export const testEngine = (options: Partial<EngineOptions> = {}): TestEngine => {
  const store = options.store ?? memoryStore(systemClock)
  const clock = options.clock ?? systemClock
  const transport = options.transport ?? makeInlineTransport({ blobs: store.blobs, clock, capacity: 2 })
  const engine = makeEngine({ clock, seed: 1, deviceFamily: async () => "test-family", codeVersion: versionOf, pollMs: 5, retry: { tries: 3, pauseMs: 1 }, ...options, store, transport })
  const events: EngineEvent[] = []
  engine.events$.subscribe((event) => events.push(event))
  return {
    engine,
    store,
    events,
    started: () => events.flatMap((event) => (event.type === "started" ? [event.node] : [])),
    outcomes: () => Object.fromEntries(events.flatMap((event) => (event.type === "outcome" ? [[event.node, event.outcome.state]] : []))),
    out: async (path) => {
      const outcome = engine.outcome(path)
      if (outcome?.state !== "ran" && outcome?.state !== "reused") throw new Error(`${path} is ${outcome?.state}`)
      const bytes = await store.blobs.get(outcome.outputs["out"]!.hash)
      if (E.isLeft(bytes)) throw new Error(bytes.left._tag)
      const value = number.decode(bytes.right)
      if (E.isLeft(value)) throw new Error(value.left)
      return value.right
    },
  }
}

/** Everything that is due in this thread has happened. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export interface HeldJob {
  readonly job: Job
  readonly hooks: JobHooks
  /** Runs the job and gives its result to the engine. */
  readonly release: () => void
  /** Ends the job as cancelled. */
  readonly cancel: () => void
}

/** A transport whose jobs wait until a test lets them go; those told to stop wait too. */
export const heldTransport = (store: Store, capacity: number): Transport & { readonly held: HeldJob[]; readonly log: { readonly key: string; readonly result: JobResult["_tag"] }[] } => {
  const inline = makeInlineTransport({ blobs: store.blobs, clock: systemClock })
  const held: HeldJob[] = []
  const log: { key: string; result: JobResult["_tag"] }[] = []
  return {
    ...inline,
    capacity,
    held,
    log,
    execute: (job, hooks) =>
      new Promise((resolve) => {
        const end = (result: JobResult): void => {
          log.push({ key: job.key, result: result._tag })
          resolve(result)
        }
        const entry: HeldJob = {
          job,
          hooks,
          release: () => {
            held.splice(held.indexOf(entry), 1)
            void inline.execute(job, hooks).then(end)
          },
          cancel: () => {
            held.splice(held.indexOf(entry), 1)
            end({ _tag: "cancelled" })
          },
        }
        held.push(entry)
      }),
  }
}
