/**
 * One attempt at a key: the lease, a last look into the action cache, the job, and then, in this order, blobs (written
 * by the job), the end of the lineage, the action. A kill between any two of these loses nothing but time. SPEC W3, W4, W7.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Clock } from "../base/clock.ts"
import type { Hash } from "../base/hash.ts"
import type { Action } from "../store/actions.ts"
import type { CheckpointRecord } from "../store/checkpoint-log.ts"
import { blobsOf } from "../store/segments.ts"
import type { Store } from "../store/store.ts"
import { describeStoreError, storeErrorOf, type StoreError } from "../store/store-error.ts"
import type { Tally } from "./counters.ts"
import type { LazySignal } from "./lazy-signal.ts"
import { makeTimeLimit, type TimeLimit } from "./time-limit.ts"
import type { Amounts } from "./resources.ts"
import type { Job, JobHooks, JobResult, Transport } from "./transport.ts"

/** A key to be run. */
export interface Work extends Job {
  readonly lineage: Hash
  /** Cores the kind can use. */
  readonly cores: number
  /** What it uses besides. */
  readonly uses: Amounts
  /** The provisional key, under which another process may be doing it ahead of its producers. */
  readonly keyAhead: Hash
  /** Some input is fed while its producer runs: the work starts at once or not at all. */
  readonly isLive?: boolean
  /** To be run although the key may have a result. */
  readonly isForced: boolean
}

export type Ended =
  | { readonly _tag: "done"; readonly action: Action; readonly resumedFrom?: number; /** False when another process did it meanwhile. */ readonly ran: boolean; /** What came out, when the key had another result already. */ readonly second?: Action["outputs"]; /** Of an action that is still being written. */ readonly kept?: Promise<E.Either<StoreError, void>> }
  | Exclude<JobResult, { readonly _tag: "done" }>

export type Failed = Extract<Ended, { readonly _tag: "failed" }>

/** Of what did not even begin. */
export const failedAtOnce = (message: string): Failed => ({ _tag: "failed", message, ms: 0, transient: false })

export interface AttemptHooks extends Pick<JobHooks, "onProgress" | "onPartial" | "link"> {
  readonly onStart: () => void
}

export interface AttemptSite {
  readonly store: Store
  readonly transport: Transport
  readonly clock: Clock
  readonly graceMs: number
  /** Milliseconds that a job may run; as long as it takes, when undefined. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds of work after which a checkpoint is due. */
  readonly checkpointMs: number
  readonly tally: Tally
}

/** `elsewhere`: another living process is doing it. Never rejects. */
export const attempt = async (site: AttemptSite, work: Work, threads: number, stop: LazySignal, hooks: AttemptHooks): Promise<Ended | { readonly _tag: "elsewhere" }> => {
  const { actions, leases } = site.store
  const names = [...new Set([work.keyAhead, work.key])]
  try {
    if (!(await leases.take(names, readsOf(work)))) return { _tag: "elsewhere" }
  } catch (error) {
    return { _tag: "failed", message: describeStoreError(storeErrorOf(site.store.dir, "leases", error)), ms: 0, transient: false }
  }
  try {
    const found = work.isForced ? undefined : (actions.get(work.key) ?? actions.get(work.keyAhead))
    if (found !== undefined) {
      keepUnderBoth(site.store, work, found)
      return { _tag: "done", action: found, ran: false }
    }
    if (stop.aborted) return { _tag: "cancelled" }
    const run = new Run(site, work, threads, stop, hooks)
    return await keep(site, work, run, await run.begin())
  } finally {
    // Nobody waits for it: whoever wants a key next finds the action first.
    void leases.giveBack(names).catch(() => undefined)
  }
}

/** Blobs that the work reads. */
const readsOf = ({ inputs }: Work): readonly Hash[] =>
  Object.values(inputs).flatMap((list) => list.flatMap((input) => (input === null || "live" in input ? [] : blobsOf(input).map(({ hash }) => hash))))

/** Work of no cores: done before a lease would be written, and often when this returns. What follows does not wait for the action. */
export const attemptBeside = (site: AttemptSite, work: Work, stop: LazySignal, hooks: AttemptHooks): Ended | Promise<Ended> => {
  const run = new Run(site, work, 0, stop, hooks)
  const result = run.begin()
  if (result instanceof Promise) return result.then((ended) => keep(site, work, run, ended))
  if (result._tag !== "done") return result
  if (work.isForced || result.resumedFrom !== undefined || run.saved !== undefined) return keep(site, work, run, result)
  const action = { outputs: result.outputs, ms: result.ms, at: site.clock.wall() }
  const put = site.store.actions.put(work.key, action)
  keepUnderBoth(site.store, work, action)
  if (put instanceof Promise) return { _tag: "done", action, ran: true, kept: put }
  return E.isRight(put) ? { _tag: "done", action, ran: true } : refused(put.left, result.ms)
}

const none: readonly CheckpointRecord[] = []

/** The engine's end of one job: a class, because parts that most jobs never ask for would else be made with each; see lazy-signal.ts. */
class Run implements JobHooks {
  readonly threads: number
  /** Of its lineage, from before it began. What is forced starts afresh and leaves nothing to continue from: its result may be another one. */
  readonly checkpoints: readonly CheckpointRecord[]
  /** The last checkpoint of this run. */
  saved: CheckpointRecord | undefined
  declare readonly link?: NonNullable<JobHooks["link"]>
  readonly #site: AttemptSite
  readonly #work: Work
  readonly #stop: LazySignal
  readonly #limit: TimeLimit | undefined
  readonly #hooks: AttemptHooks
  constructor(site: AttemptSite, work: Work, threads: number, stop: LazySignal, hooks: AttemptHooks) {
    this.threads = threads
    this.#site = site
    this.#work = work
    this.#stop = stop
    this.#limit = site.timeoutMs === undefined ? undefined : makeTimeLimit(stop, site.timeoutMs)
    this.#hooks = hooks
    this.checkpoints = work.kind.extends === undefined || work.isForced ? none : site.store.checkpoints.list(work.lineage)
    if (hooks.link !== undefined) this.link = hooks.link
  }
  begin(): JobResult | Promise<JobResult> {
    this.#hooks.onStart()
    this.#site.tally.execs++
    const result = this.#site.transport.execute(this.#work, this)
    const limit = this.#limit
    if (limit === undefined) return result
    return result instanceof Promise ? result.then((ended) => this.#limited(ended, limit)) : this.#limited(result, limit)
  }
  get checkpointMs(): number {
    return this.#site.checkpointMs
  }
  get signal(): AbortSignal {
    return (this.#limit?.stop ?? this.#stop).signal
  }
  get graceMs(): number {
    return this.#site.graceMs
  }
  onProgress(progress: Parameters<JobHooks["onProgress"]>[0]): void {
    this.#hooks.onProgress(progress)
  }
  onPartial(outputs: Parameters<JobHooks["onPartial"]>[0]): void {
    this.#hooks.onPartial(outputs)
  }
  async onCheckpoint(record: Parameters<JobHooks["onCheckpoint"]>[0]): ReturnType<JobHooks["onCheckpoint"]> {
    if (this.#work.isForced) return E.right(undefined)
    const { clock, store } = this.#site
    const before = this.checkpoints.find(({ step }) => step === record.from)?.ms ?? 0
    const checkpoint = { ...record, end: false, ms: record.ms + before, at: clock.wall() }
    const added = await store.checkpoints.add(this.#work.lineage, checkpoint)
    if (E.isRight(added)) this.saved = checkpoint
    return added
  }
  #limited(ended: JobResult, limit: TimeLimit): JobResult {
    limit.lift()
    const { timeoutMs = 0 } = this.#site
    // Not transient: it would take as long again. Its checkpoints stay.
    const isLate = ended._tag === "cancelled" && limit.isOver() && !this.#stop.aborted
    return isLate ? { _tag: "failed", message: `took longer than the ${timeoutMs} ms it was given`, ms: timeoutMs, transient: false } : ended
  }
}

const refused = (error: StoreError, ms: number): Failed => ({ _tag: "failed", message: describeStoreError(error), ms, transient: false })

/** A result that is kept under a key, or provisional key, of a node is found under the other too: so is it by who begins before, or after, the streams have ended that it read. */
export const keepUnderBoth = ({ actions }: Store, { key, keyAhead }: Pick<Work, "key" | "keyAhead">, action: Action): void => {
  if (key !== keyAhead) for (const name of [key, keyAhead]) if (actions.get(name) === undefined) void actions.put(name, action)
}

const keep = async ({ store, clock }: AttemptSite, work: Work, { checkpoints, saved }: Run, result: JobResult): Promise<Ended> => {
  if (result._tag !== "done") return result
  const end = saved ?? checkpoints.find(({ step }) => step === result.resumedFrom)
  const ended = end === undefined ? E.right(undefined) : await store.checkpoints.add(work.lineage, { ...end, end: true })
  const action = { outputs: result.outputs, ms: result.ms, at: clock.wall() }
  const put = E.isRight(ended) ? await store.actions.put(work.key, action) : ended
  if (E.isLeft(put)) return refused(put.left, result.ms)
  keepUnderBoth(store, work, action)
  const step = result.resumedFrom
  // The first result of a key stays.
  const first = store.actions.get(work.key) ?? action
  const isSecond = Object.entries(first.outputs).some(([port, { hash }]) => action.outputs[port]?.hash !== hash)
  return { _tag: "done", action: first, ran: true, ...(step === undefined ? {} : { resumedFrom: step }), ...(isSecond ? { second: action.outputs } : {}) }
}
