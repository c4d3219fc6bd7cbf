/**
 * Brings nodes up to date in dependency order: computes keys, takes results from the action cache or puts work in
 * flight, and stops the wave where contents come out equal. One planned pass for each revision, so no node ever sees
 * inputs of two. SPEC P1-P5, E1, E2, W2.
 */
import { must } from "../base/assert.ts"
import type { Hash } from "../base/hash.ts"
import type { Ref } from "../graph/graph.ts"
import { lineageOf } from "../graph/key.ts"
import type { BlobInfo } from "../store/blobs.ts"
import type { Store } from "../store/store.ts"
import type { Ended, Work } from "./attempt.ts"
import type { Tally } from "./counters.ts"
import type { Environment } from "./environment.ts"
import type { EngineEvent, Outcome } from "./event.ts"
import { whyOf } from "./explain.ts"
import { makeFlight, type Flight, type FlightOptions } from "./flight.ts"
import { makeHistory } from "./history.ts"
import { incomplete, makeKeying, resultOf } from "./keying.ts"
import type { Kind } from "./kind.ts"
import type { LastRuns } from "./last-run.ts"
import type { NodeRecord } from "./node-record.ts"
import { makePlan, type Plan } from "./plan.ts"
import { mapPorts } from "../graph/port-lists.ts"
import type { OutputBlobs } from "./transport.ts"

export interface SettlingOptions extends FlightOptions {
  readonly store: Store
  readonly tally: Tally
  readonly records: ReadonlyMap<string, NodeRecord>
  readonly stale: Set<NodeRecord>
  /** Marks nodes dirty, and what they may reach. */
  readonly mark: (dirty: Iterable<NodeRecord>) => void
  readonly environment: Environment
  /** Whether the bytes of an output are read from outside once it is settled. */
  readonly isWanted: (output: Ref) => boolean
  readonly lastRuns: () => LastRuns
  readonly revision: () => number
  readonly emit: (event: EngineEvent) => void
  /** The record's state is another one. */
  readonly onChange: (record: NodeRecord) => void
  /** There is something to visit, to start or to plan again. */
  readonly wake: (replan: boolean) => void
}

export interface Settling {
  readonly plan: Plan
  readonly flight: Flight
  /** Visits at most `most` nodes that are ready; false when none is left. */
  readonly visitSome: (most: number) => boolean
  /** Nobody waits any more: drops what was kept for the present plan. */
  readonly rest: () => void
  /** Lets nodes run again whose results cannot be read. */
  readonly remake: (producers: readonly NodeRecord[], reason: string) => void
  /** Lets failed nodes run again. */
  readonly forgetFailures: () => readonly NodeRecord[]
}

type Failed = Extract<Ended, { readonly _tag: "failed" }>

/** Times that a node may find its inputs gone or damaged before it fails. */
export const mostRewinds = 2

export const makeSettling = (options: SettlingOptions): Settling => {
  const { store, tally, records, stale, environment, emit } = options
  const failures = new Map<Hash, Failed>()
  const rewinds = new Map<Hash, number>()
  /** Outcomes of work that ended while an edit upstream left open whether it is still wanted. */
  const unshown = new Map<Hash, Outcome>()

  const { lastOf, remember } = makeHistory(options.lastRuns, records)
  const finish = (record: NodeRecord, outcome: Outcome): void => {
    record.mark = "clean"
    stale.delete(record)
    record.outcome = outcome
    record.revision = options.revision()
    record.progress = undefined
    plan.settled(record)
    emit({ type: "outcome", revision: record.revision, node: record.path, outcome })
    options.onChange(record)
  }
  const takeResult = (record: NodeRecord, outputs: OutputBlobs): void => {
    record.doneKey = record.key
    record.outputs = outputs
    record.evicted = undefined
  }
  const reuse = (record: NodeRecord, key: Hash, outputs: OutputBlobs): void => {
    takeResult(record, outputs)
    remember(record, "done")
    const late = unshown.get(key)
    unshown.delete(key)
    finish(record, late ?? { state: "reused", ms: 0, key, outputs })
  }
  const fail = (record: NodeRecord, key: Hash, failed: Failed): void => {
    const { message, ms, param, stack } = failed
    remember(record, "failed")
    const about = { ...(param === undefined ? {} : { param }), ...(stack === undefined ? {} : { stack }) }
    finish(record, { state: "failed", why: record.why ?? { _tag: "PreviousFailed" }, ms, key, message, ...about })
  }

  // Sources are settled and did not fail when these are asked.
  const { outputOf, decideKey } = makeKeying(records, environment, tally)
  const visit = (record: NodeRecord): void => {
    tally.visited++
    const blocking = record.sources.find(({ outcome }) => outcome?.state === "failed" || outcome?.state === "blocked")
    if (blocking?.outcome !== undefined) {
      flight.drop(record)
      // Its key was not looked at: what of it has changed must still count once the way is free.
      if (record.mark === "dirty") record.parts = undefined
      return finish(record, { state: "blocked", cause: blocking.outcome.state === "blocked" ? blocking.outcome.cause : blocking.path })
    }
    const key = decideKey(record)
    record.decided = true
    // What is in flight under the same key goes on untouched.
    if (record.awaited === key) return
    flight.drop(record)
    const problem = environment.problemOf(record.node.kind)
    if (problem !== undefined) return fail(record, key, { _tag: "failed", message: `the sources of its kind cannot be read: ${problem}`, ms: 0, transient: false })
    if (record.doneKey === key && record.outputs !== undefined) return reuse(record, key, record.outputs)
    const failed = failures.get(key)
    if (failed !== undefined) return fail(record, key, failed)
    const found = resultOf(store, key, (port) => options.isWanted({ node: record.path, port }))
    if (typeof found === "object") {
      tally.hits++
      return reuse(record, key, found.outputs)
    }
    if (found === "incomplete") {
      record.evicted = incomplete
      void store.actions.remove(key)
    }
    // Sources that ran in this process have their bytes; of the others nobody has looked.
    const gone = new Set(readBy(record).filter((blob) => !store.blobs.has(blob)).map(({ hash }) => hash))
    if (gone.size > 0) return rewind(new Set([record]), key, ({ hash }) => gone.has(hash), incomplete)
    const { kind, params, inputs } = record.node
    flight.want(record, {
      key,
      kind: kind as Kind,
      params,
      inputs: mapPorts(inputs, outputOf),
      seed: environment.streamOf(record),
      lineage: kind.extends === undefined ? key : lineageOf(must(record.parts, "parts"), kind.extends),
      cores: kind.cores ?? 1,
    })
  }

  /** Inputs whose bytes come from the store as some earlier process left it. */
  const readBy = ({ node, sources }: NodeRecord): readonly BlobInfo[] =>
    sources.every(({ outcome }) => outcome?.state === "ran") ? [] : Object.values(node.inputs).flatMap((refs) => refs.filter((ref) => records.get(ref.node)?.outcome?.state !== "ran").map(outputOf))

  /** Inputs that cannot be read: their producers run again, then this node. */
  const rewind = (waiting: ReadonlySet<NodeRecord>, key: Hash, isGone: (output: BlobInfo) => boolean, reason: string): void => {
    // The others are visited again anyway.
    const demanders = [...waiting].filter(({ decided }) => decided)
    if (demanders.length === 0) return options.wake(false)
    const times = (rewinds.get(key) ?? 0) + 1
    rewinds.set(key, times)
    const producers = demanders.flatMap(({ sources }) => sources.filter(({ outputs }) => Object.values(outputs ?? {}).some(isGone)))
    if (times > mostRewinds || producers.length === 0) {
      const failed: Failed = { _tag: "failed", message: `an input cannot be read although its producer ran again: ${reason}`, ms: 0, transient: false }
      failures.set(key, failed)
      for (const record of demanders) fail(record, key, failed)
      return options.wake(false)
    }
    remake(producers, reason)
    options.wake(true)
  }
  const remake = (producers: readonly NodeRecord[], reason: string): void => {
    for (const producer of producers) {
      if (producer.doneKey !== undefined) void store.actions.remove(producer.doneKey)
      producer.doneKey = undefined
      producer.evicted = reason
    }
    options.mark(producers)
  }

  const onEnd = (demanders: ReadonlySet<NodeRecord>, owner: NodeRecord | undefined, work: Work, ended: Ended): void => {
    if (ended._tag === "damaged") return rewind(demanders, work.key, ({ hash }) => hash === ended.hash, ended.reason)
    if (ended._tag === "failed" && demanders.size > 0) failures.set(work.key, ended)
    for (const record of demanders) {
      const isOwner = record === owner
      const why = record.why ?? { _tag: "New" }
      if (ended._tag === "done") {
        const { outputs, ms } = ended.action
        const outcome: Outcome = ended.ran && isOwner
          ? { state: "ran", why: ended.resumedFrom === undefined ? why : { _tag: "Resumed", step: ended.resumedFrom, of: why }, ms, key: work.key, outputs }
          : { state: "reused", ms: 0, key: work.key, outputs }
        if (record.decided) {
          takeResult(record, outputs)
          remember(record, "done", isOwner ? ms : undefined)
          finish(record, outcome)
        } else if (isOwner) unshown.set(work.key, outcome)
      } else if (record.decided) {
        fail(record, work.key, ended._tag === "failed" ? ended : { _tag: "failed", message: "stopped from outside", ms: 0, transient: false })
      }
    }
    options.wake(false)
  }

  const flight = makeFlight(options, {
    onStart: (owner, work) => {
      lastOf(owner)
      owner.why = whyOf(owner, records, options.lastRuns())
      const expectedMs = owner.last?.ms
      if (owner.parts !== undefined) options.lastRuns().putTrace(work.key, owner.parts)
      remember(owner, "started")
      const estimate = expectedMs === undefined ? {} : { expectedMs }
      emit({ type: "started", revision: options.revision(), node: owner.path, key: work.key, why: owner.why, ...estimate })
      options.onChange(owner)
    },
    onProgress: (demanders, progress) => {
      for (const record of demanders) {
        record.progress = progress
        emit({ type: "progress", revision: options.revision(), node: record.path, progress })
        options.onChange(record)
      }
    },
    onPartial: (demanders, outputs) => {
      for (const record of demanders) if (record.decided) emit({ type: "partial", revision: options.revision(), node: record.path, outputs })
    },
    onEnd,
    onFree: () => options.wake(false),
    rank: (record) => plan.rank(record),
    isDoubtful: ({ decided }) => !decided,
  })

  const plan = makePlan(stale, (record) => lastOf(record)?.ms ?? (record.node.kind.cores === 0 ? 1 : 1000), (record) => flight.drop(record))

  return {
    plan,
    flight,
    visitSome: (most) => {
      for (let i = 0; i < most; i++) {
        const record = plan.next()
        if (record === undefined) return false
        visit(record)
      }
      return true
    },
    remake,
    rest: () => {
      unshown.clear()
      rewinds.clear()
    },
    forgetFailures: () => {
      failures.clear()
      return [...records.values()].filter(({ outcome }) => outcome?.state === "failed")
    },
  }
}
