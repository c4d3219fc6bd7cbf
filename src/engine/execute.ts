/**
 * Runs one job in this thread: inputs from blobs, the kind's `run`, outputs into blobs. Used beside the engine and
 * inside workers alike. It knows nothing of graphs, keys or other jobs. SPEC P8, E1, C3.
 */
import { must } from "../base/assert.ts"
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
import { readInputs, type Inputs } from "./read-inputs.ts"
import { makeRunCheckpoints, type RunCheckpoints } from "./run-checkpoints.ts"
import { isGenerator, makeJobStreams, type Generator } from "./stream/job-streams.ts"
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
  const context = new Context(job, hooks, site)
  try {
    const result = job.demand !== undefined ? performStreams(context, job, hooks, site) : perform(context, job, hooks, site)
    return result instanceof Promise ? result.catch((error: unknown) => failure(error, hooks, context.spent())) : result
  } catch (error) {
    return failure(error, hooks, context.spent())
  }
}

const perform = (context: Context, job: Job, hooks: JobHooks, site: Site): JobResult | Promise<JobResult> => {
  const inputs = readInputs(job, site.blobs, site.decoded)
  return inputs instanceof Promise ? inputs.then((read) => performOn(read, context, job, hooks, site)) : performOn(inputs, context, job, hooks, site)
}

const performOn = (inputs: Inputs, context: Context, job: Job, hooks: JobHooks, site: Site): JobResult | Promise<JobResult> => {
  if (E.isLeft(inputs)) return inputs.left
  const result = job.kind.run(inputs.right as never, job.params as never, context) as Exclude<Waiting, Generator>
  if (result instanceof Promise) return result.then((values) => concludeValues(context, job, values, site))
  if (isObservable(result)) return lastOf(result, hooks, async (partial) => store(job, partial, site)).then((values) => concludeValues(context, job, values, site))
  return concludeValues(context, job, result, site)
}

const concludeValues = (context: Context, job: Job, values: Values, site: Site): JobResult | Promise<JobResult> => {
  const outputs = store(job, values, site)
  return outputs instanceof Promise ? outputs.then((stored) => context.done(stored)) : context.done(outputs)
}

const performStreams = async (context: Context, job: Job, hooks: JobHooks, site: Site): Promise<JobResult> => {
  const streams = makeJobStreams(job, hooks, site.blobs, site.clock)
  const inputs = await readInputs(job, site.blobs, site.decoded, streams)
  if (E.isLeft(inputs)) return inputs.left
  streams.listen()
  const result = job.kind.run(inputs.right as never, job.params as never, context) as Waiting
  let outputs: OutputBlobs
  if (isGenerator(result)) {
    const pumped = await streams.pump(result)
    outputs = { ...(await store(job, pumped.values, site)), ...pumped.streams }
  } else {
    outputs = await store(job, isObservable(result) ? await lastOf(result, hooks, async (partial) => store(job, partial, site)) : await result, site)
    const unmade = Object.keys(job.kind.outputs).find((port) => outputs[port] === undefined)
    if (unmade !== undefined) throw new NodeFailure(`output ${unmade}: a kind with stream outputs runs as an async generator, got its values at once`)
  }
  // What was made of a part of a stream is no result, even where the node did not mind.
  return streams.isBroken() ? { _tag: "cancelled" } : context.done(outputs)
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
    return () => this.#site.device.open(this.#hooks.threads)
  }
  get progress(): RunContext["progress"] {
    return (this.#progress ??= throttled((progress) => this.#hooks.onProgress(progress), this.clock))
  }
  get checkpoints(): RunContext["checkpoints"] {
    this.#running ??= makeRunCheckpoints(this.#hooks, this.#site.blobs, this.clock, this.#from)
    return this.#running.checkpoints
  }
  /** Milliseconds since the job began. */
  spent(): number {
    return this.clock.now() - this.#from
  }
  done(outputs: OutputBlobs): JobResult {
    const step = this.#running?.resumedFrom()
    const ms = this.spent()
    return step === undefined ? { _tag: "done", outputs, ms } : { _tag: "done", outputs, ms, resumedFrom: step }
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

/** The outputs that are no streams, stored: when this returns, where all are small. What is in one piece is decoded at once for whoever reads it: it would else have to be found and hashed again. */
const store = (job: Job, values: Values | undefined, { blobs, decoded }: Site): OutputBlobs | Promise<OutputBlobs> => {
  // Copied first, where every port will be written: what is made empty has room for four ports more.
  const outputs = (job.demand === undefined ? { ...job.kind.outputs } : {}) as unknown as Record<string, OutputBlobs[string]>
  let waiting: Promise<void>[] | undefined
  for (const port in job.kind.outputs) {
    const type = must(job.kind.outputs[port], port)
    if (isStream(type)) continue
    const value = values?.[port]
    if (value === undefined) throw new NodeFailure(`output ${port}: expected ${type.name}, got nothing`)
    const chunks = type.encode(value)
    const blob = blobs.putNow(chunks)
    if (blob !== undefined) {
      outputs[port] = blob
      const again = chunks.length === 1 ? type.decode(must(chunks[0], port)) : undefined
      if (again !== undefined && E.isRight(again)) decoded.put(type.name, blob.hash, again.right, blob.bytes)
    } else (waiting ??= []).push(blobs.put(chunks).then((put) => {
      if (E.isLeft(put)) throw new NodeFailure(describeStoreError(put.left))
      outputs[port] = put.right
    }))
  }
  return waiting === undefined ? outputs : Promise.all(waiting).then(() => outputs)
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
    if (clock.now() - at < progressEveryMs && progress.done < (progress.total ?? Infinity)) return
    at = clock.now()
    report(progress)
  }
}
