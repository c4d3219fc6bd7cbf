/**
 * Runs one job in this thread: inputs from blobs, the kind's `run`, outputs into blobs. Used beside the engine and
 * inside workers alike. It knows nothing of graphs, keys or other jobs. SPEC P8, E1, C3.
 */
import { messageOf } from "../base/message.ts"
import * as E from "fp-ts/lib/Either.js"
import { isObservable, type Observable } from "rxjs"
import type { Clock } from "../base/clock.ts"
import { random } from "../base/random.ts"
import { isStream } from "../schema/stream.ts"
import type { BlobAccess } from "../store/blob-access.ts"
import { describeStoreError } from "../store/store-error.ts"
import { StreamDamage } from "../store/stream-reader.ts"
import { NodeFailure, type Progress, type RunContext } from "./context.ts"
import type { DecodedCache } from "./decoded-cache.ts"
import type { DeviceOpener } from "./device-opener.ts"
import { inputsAtHand, readInputs, type Inputs } from "./read-inputs.ts"
import { makeRunCheckpoints, type RunCheckpoints } from "./run-checkpoints.ts"
import { hasStreams, isGenerator, makeJobStreams, type Generator } from "./stream/job-streams.ts"
import type { Job, JobHooks, JobResult, OutputBlobs } from "./transport.ts"

/** What a place where jobs run offers them. */
export interface Site {
  readonly blobs: BlobAccess
  readonly clock: Clock
  readonly decoded: DecodedCache
  readonly device: DeviceOpener
}

type Values = { readonly [port: string]: unknown }

/** Milliseconds between two progress reports of one job; the last one before a pause may be lost. */
const progressEveryMs = 50

/** Done when it returns, where inputs are at hand, the kind gives its values at once and they are small. Never rejects. */
export const execute = (job: Job, hooks: JobHooks, site: Site): JobResult | Promise<JobResult> => {
  const from = site.clock.now()
  const context = new Context(job, hooks, site)
  const streams = hasStreams(job.kind) ? makeJobStreams(job, hooks, site.blobs, site.clock) : undefined
  const done = (outputs: OutputBlobs): JobResult => {
    const step = context.resumedFrom()
    const ms = site.clock.now() - from
    return step === undefined ? { _tag: "done", outputs, ms } : { _tag: "done", outputs, ms, resumedFrom: step }
  }
  const failed = (error: unknown): JobResult => failure(error, hooks, site.clock.now() - from)
  const conclude = async (result: Waiting): Promise<JobResult> => {
    let outputs: OutputBlobs
    if (streams !== undefined && isGenerator(result)) {
      const pumped = await streams.pump(result)
      outputs = { ...(await store(job, pumped.values, site.blobs)), ...pumped.streams }
    } else {
      const values = isObservable(result) ? await lastOf(result, hooks, (partial) => store(job, partial, site.blobs)) : await (result as Values | Promise<Values>)
      outputs = await store(job, values, site.blobs)
      const unmade = Object.keys(job.kind.outputs).find((port) => outputs[port] === undefined)
      if (unmade !== undefined) throw new NodeFailure(`output ${unmade}: a kind with stream outputs runs as an async generator, got its values at once`)
    }
    // What was made of a part of a stream is no result, even where the node did not mind.
    return streams?.isBroken() === true ? { _tag: "cancelled" } : done(outputs)
  }
  const perform = (inputs: Inputs): JobResult | Promise<JobResult> => {
    if (E.isLeft(inputs)) return inputs.left
    streams?.listen()
    const result = job.kind.run(inputs.right as never, job.params as never, context) as Waiting
    const isAtOnce = streams === undefined && !(result instanceof Promise) && !isObservable(result)
    const outputs = isAtOnce ? storeNow(job, result as Values, site.blobs) : undefined
    return outputs === undefined ? conclude(result) : done(outputs)
  }
  try {
    const inputs = streams === undefined ? inputsAtHand(job, site.blobs, site.decoded) : undefined
    const result = inputs === undefined ? readInputs(job, site.blobs, site.decoded, streams).then(perform) : perform(inputs)
    return result instanceof Promise ? result.catch(failed) : result
  } catch (error) {
    return failed(error)
  }
}

/** Parts that most small nodes never ask for are made when they are asked for. A class for its getters; see lazy-signal.ts. */
class Context implements RunContext {
  readonly clock: Clock
  readonly #job: Job
  readonly #hooks: JobHooks
  readonly #site: Site
  readonly #from: number
  #random: RunContext["random"] | undefined
  #progress: RunContext["progress"] | undefined
  #running: RunCheckpoints | undefined
  constructor(job: Job, hooks: JobHooks, site: Site) {
    this.clock = site.clock
    this.#job = job
    this.#hooks = hooks
    this.#site = site
    this.#from = site.clock.now()
  }
  get random(): RunContext["random"] {
    return (this.#random ??= random(this.#job.seed).fork(this.#job.kind.id))
  }
  get signal(): AbortSignal {
    return this.#hooks.signal
  }
  get device(): RunContext["device"] {
    return () => this.#site.device.open(this.#job.threads)
  }
  get progress(): RunContext["progress"] {
    return (this.#progress ??= throttled(this.#hooks.onProgress, this.clock))
  }
  get checkpoints(): RunContext["checkpoints"] {
    this.#running ??= makeRunCheckpoints(this.#job, this.#hooks, this.#site.blobs, this.clock, this.#from)
    return this.#running.checkpoints
  }
  resumedFrom(): number | undefined {
    return this.#running?.resumedFrom()
  }
}

type Waiting = Values | Promise<Values> | Observable<Values> | Generator

const failure = (error: unknown, hooks: JobHooks, ms: number): JobResult => {
  if (hooks.signal.aborted) return { _tag: "cancelled" }
  if (error instanceof StreamDamage && error.hash !== undefined) return { _tag: "damaged", hash: error.hash, reason: error.message }
  // By name: a kind loaded by another loader has another class of the same name.
  if (error instanceof Error && error.name === "NodeFailure") {
    const { message, transient, param } = error as NodeFailure
    return { _tag: "failed", message, ms, transient, ...(param === undefined ? {} : { param }) }
  }
  const message = messageOf(error)
  const stack = error instanceof Error ? error.stack : undefined
  return { _tag: "failed", message, ms, transient: false, ...(stack === undefined ? {} : { stack }) }
}

/** The outputs of a kind without streams, where all of them are small enough to be stored at once. */
const storeNow = (job: Job, values: Values, blobs: BlobAccess): OutputBlobs | undefined => {
  const outputs: Record<string, OutputBlobs[string]> = {}
  for (const port in job.kind.outputs) {
    const type = job.kind.outputs[port]
    const value = values?.[port]
    const blob = value === undefined || type === undefined || isStream(type) ? undefined : blobs.putNow(type.encode(value))
    if (blob === undefined) return undefined
    outputs[port] = blob
  }
  return outputs
}

const store = async (job: Job, values: Values, blobs: BlobAccess): Promise<OutputBlobs> => {
  const outputs: Record<string, OutputBlobs[string]> = {}
  for (const [port, type] of Object.entries(job.kind.outputs)) {
    if (isStream(type)) continue
    const value = values?.[port]
    if (value === undefined) throw new NodeFailure(`output ${port}: expected ${type.name}, got nothing`)
    const blob = await blobs.put(type.encode(value))
    if (E.isLeft(blob)) throw new NodeFailure(describeStoreError(blob.left))
    outputs[port] = blob.right
  }
  return outputs
}

/** Waits for the end of a stream. Partials are stored one at a time; those that come meanwhile are skipped but for the newest. */
const lastOf = (stream: Observable<Values>, hooks: JobHooks, storePartial: (values: Values) => Promise<OutputBlobs>): Promise<Values> =>
  new Promise((resolve, reject) => {
    let newest: Values | undefined
    let shown: Values | undefined
    let busy: Promise<void> | undefined
    const show = async (): Promise<void> => {
      while (newest !== undefined && newest !== shown && !hooks.signal.aborted) {
        shown = newest
        hooks.onPartial(await storePartial(newest))
      }
      busy = undefined
    }
    const subscription = stream.subscribe({
      next: (values) => {
        newest = values
        busy ??= show().catch(reject)
      },
      error: reject,
      complete: () => {
        const last = newest
        if (last === undefined) reject(new NodeFailure("the node ended without a result"))
        else void Promise.resolve(busy).then(() => resolve(last))
      },
    })
    hooks.signal.addEventListener("abort", () => {
      subscription.unsubscribe()
      reject(hooks.signal.reason)
    })
  })

const throttled = (report: (progress: Progress) => void, clock: Clock): ((progress: Progress) => void) => {
  let at = -Infinity
  return (progress) => {
    if (clock.now() - at < progressEveryMs && progress.done < progress.total) return
    at = clock.now()
    report(progress)
  }
}
