/** An engine over a memory store for tests, with everything it says recorded and its jobs held until they are let go. */
import type fc from "fast-check"
import * as E from "fp-ts/lib/Either.js"
import { makeEngine, makeInlineTransport, memoryStore, systemClock, type Engine, type EngineEvent, type EngineOptions, type Kind, type Store, type Transport } from "#src"
import type { Job, JobHooks, JobResult } from "../../../src/engine/transport.ts"
import { outputsOf } from "../../../src/engine/why-not.ts"
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
      const outputs = outputsOf(outcome)
      if (outputs === undefined) throw new Error(`${path} is ${outcome?.state}`)
      const bytes = await store.blobs.get(outputs["out"]!.hash)
      if (E.isLeft(bytes)) throw new Error(bytes.left._tag)
      const value = number.decode(bytes.right)
      if (E.isLeft(value)) throw new Error(value.left)
      return value.right
    },
  }
}

/** Everything that is due in this thread has happened. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
export const turns = async (n = 20): Promise<void> => {
  for (let i = 0; i < n; i++) await turn()
}

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
            void Promise.resolve(inline.execute(job, hooks)).then(end)
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

/** Jobs are done at once, but for those that last until they are told to stop, or let go. */
export const lastingTransport = (held: ReturnType<typeof heldTransport>, lasts: (job: Job) => boolean): Transport => ({
  ...held,
  execute: (job, hooks) => {
    const result = held.execute(job, hooks)
    const own = held.held.at(-1) as HeldJob
    if (lasts(job)) hooks.signal.addEventListener("abort", own.cancel)
    else own.release()
    return result
  },
})

export interface RacedTransport extends Transport {
  readonly store: Store
  /** `restarts`: whether the key had been started before, and if so, whether that start had been told to stop. */
  readonly log: { readonly key: string; readonly result: JobResult["_tag"]; readonly restarts: "no" | "asked" | "unasked" }[]
  readonly running: () => readonly { readonly key: string; readonly aborted: boolean }[]
  /** The most cores that jobs had together. */
  readonly mostCores: () => number
}

/** A transport whose jobs end when `scheduler` says so; those told to stop do so as `obeys` says, one after another. */
export const racedTransport = (store: Store, capacity: number, scheduler: fc.Scheduler, obeys: readonly boolean[]): RacedTransport => {
  const inline = makeInlineTransport({ blobs: store.blobs, clock: systemClock })
  const log: RacedTransport["log"][number][] = []
  const running = new Set<{ readonly job: Job; readonly hooks: JobHooks }>()
  const ends = new Map<string, "stopped" | "completed">()
  let stops = 0
  let most = 0
  return {
    ...inline,
    store,
    capacity,
    log,
    mostCores: () => most,
    running: () => [...running].map(({ job, hooks }) => ({ key: job.key, aborted: hooks.signal.aborted })),
    execute: async (job, hooks) => {
      const before = ends.get(job.key)
      const restarts = [...running].some((one) => one.job.key === job.key) || before === "completed" ? "unasked" : before === "stopped" ? "asked" : "no"
      const entry = { job, hooks }
      running.add(entry)
      most = Math.max(most, [...running].reduce((cores, one) => cores + one.hooks.threads, 0))
      await scheduler.schedule(Promise.resolve(), job.key.slice(0, 6))
      const isStopped = hooks.signal.aborted && obeys[stops++ % obeys.length] === true
      const result: JobResult = isStopped ? { _tag: "cancelled" } : await inline.execute(job, hooks)
      running.delete(entry)
      ends.set(job.key, result._tag === "cancelled" || (result._tag === "failed" && hooks.signal.aborted) ? "stopped" : "completed")
      log.push({ key: job.key, result: result._tag, restarts })
      return result
    },
  }
}

/** What may happen to a job on its way: nothing; its result is lost after the work was done; it is delivered twice. */
export type Fault = "none" | "lost" | "twice"

/** `inner` with faults, one a job; no key is lost more than twice. */
export const faultyTransport = (inner: Transport, faults: readonly Fault[]): Transport => {
  let jobs = 0
  const losses = new Map<string, number>()
  return {
    ...inner,
    execute: async (job, hooks) => {
      const fault = faults[jobs++ % faults.length]
      if (fault === "twice") return (await Promise.all([inner.execute(job, hooks), inner.execute(job, hooks)]))[1]
      const result = await inner.execute(job, hooks)
      const lost = losses.get(job.key) ?? 0
      if (fault !== "lost" || lost === 2) return result
      losses.set(job.key, lost + 1)
      return { _tag: "failed", message: "lost", ms: 0, transient: true }
    },
  }
}
