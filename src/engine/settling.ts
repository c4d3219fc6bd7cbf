/**
 * Brings nodes up to date in dependency order: computes keys, takes results from the action cache or puts work in
 * flight, and stops the wave where contents come out equal. One planned pass for each revision, so no node ever sees
 * inputs of two. SPEC P1-P5, P11-P15, E1, E2, W2.
 */
import { must } from "../base/assert.ts"
import { hashJson, type Hash } from "../base/hash.ts"
import type { ListedSet } from "../base/listed.ts"
import type { Difference } from "../base/trie.ts"
import type { Placed } from "../graph/node-table.ts"
import { makeExpanding } from "./expanding.ts"
import type { Ref } from "../graph/graph.ts"
import { lineageOf } from "../graph/key.ts"
import type { LiveEdges } from "../graph/live-edges.ts"
import type { Action } from "../store/actions.ts"
import type { Store } from "../store/store.ts"
import { failedAtOnce, keepUnderBoth, type Failed, type Work } from "./attempt.ts"
import type { Tally } from "./counters.ts"
import { blockedBy, endedBeforehand } from "./controlled.ts"
import type { Environment } from "./environment.ts"
import { makeEndings } from "./endings.ts"
import type { EngineEvent } from "./event.ts"
import { whyOf } from "./explain.ts"
import { makeFlight, type Flight, type FlightOptions } from "./flight.ts"
import { makeHistory } from "./history.ts"
import { incomplete, isWhole, makeKeying, type InputBlobs } from "./keying.ts"
import type { Kind } from "./kind.ts"
import { makeLanding } from "./landing.ts"
import type { LastRuns } from "./last-run.ts"
import { makeNeeding } from "./needing.ts"
import type { NodeRecord, Records } from "./node-record.ts"
import { makePinned } from "./pinned.ts"
import { makePlan, type Plan } from "./plan.ts"
import { makeRewinding } from "./rewinding.ts"
import { makeAhead } from "./stream/ahead.ts"
import { makeHub, type Hub } from "./stream/hub.ts"
import type { Credit } from "./stream/message.ts"
import type { OutputBlobs } from "./transport.ts"
import { usesOf } from "./resources.ts"
import { makeVerdicts, type Verdict } from "./verdict.ts"
import { makeWrites } from "./writes.ts"

export interface SettlingOptions extends Omit<FlightOptions, "hub"> {
  /** Of every live edge. */
  readonly credit: Credit
  readonly store: Store
  readonly tally: Tally
  readonly records: Records
  readonly stale: ListedSet<NodeRecord>
  /** Marks nodes dirty, and what they may reach. */
  readonly mark: (dirty: Iterable<NodeRecord>) => void
  /** Whether any node is switched off. */
  readonly isAnyOff: () => boolean
  /** Whether a node is in the graph as it was committed. */
  readonly isCommitted: (path: string) => boolean
  /** Nodes inside an expanded one are others now. */
  readonly takeInside: (changes: readonly Difference<Placed>[]) => void
  readonly environment: Environment
  /** Whether the bytes of an output are read from outside once it is settled. */
  readonly isWanted: (output: Ref) => boolean
  readonly lastRuns: () => LastRuns
  readonly revision: () => number
  readonly emit: (event: EngineEvent) => void
  /** Whether anybody hears it: of each node, an event would be made for nobody. */
  readonly isHeard: () => boolean
  /** The record's state is another one. */
  readonly onChange: (record: NodeRecord) => void
  /** There is something to visit, to start or to plan again. */
  readonly wake: (replan: boolean) => void
}

export interface Settling {
  readonly plan: Plan
  readonly flight: Flight
  readonly hub: Hub
  /** Visits at most `most` nodes that are ready; false when none is left. */
  readonly visitSome: (most: number) => boolean
  /** Plans again. */
  readonly renew: () => void
  /** Starts what may be started, and stops what nobody wants. */
  readonly dispatch: () => void
  /** Whether all results that were shown are in the store. */
  readonly isKept: () => boolean
  /** Nobody waits any more: drops what was kept for the present plan. */
  readonly rest: () => void
  /** Nodes went away or were switched off: so does what is inside them. */
  readonly prune: (removed: Iterable<NodeRecord>) => void
  /** Lets nodes run again whose results cannot be read. */
  readonly remake: (producers: readonly NodeRecord[], reason: string) => void
  /** Lets the node, or all, run again if it failed. */
  readonly forgetFailures: (path?: string) => readonly NodeRecord[]
}

/** Of a node whose key has been decided, or that starts ahead: both are the provisional one then. */
const keysOf = ({ key, keyAhead }: NodeRecord): Pick<Work, "key" | "keyAhead"> => ({ key: must(key, "key"), keyAhead: must(keyAhead, "provisional key") })

export const makeSettling = (options: SettlingOptions): Settling => {
  const { store, tally, records, stale, environment, emit } = options
  const failures = new Map<Hash, Failed>()
  const history = makeHistory(options.lastRuns, records)
  const { lastOf, remember } = history
  const endings = makeEndings({ ...options, remember, drop: (record) => flight.drop(record), settled: (record) => plan.settled(record) })
  const { setAside, show, reuse, fail } = endings

  const pinned = makePinned(store, lastOf)
  const needing = makeNeeding({
    records,
    store,
    isAnyOff: options.isAnyOff,
    pinned,
    onRead: (record) => {
      plan.again(record)
      options.wake(false)
    },
    onUnreadable: (record, problem) => {
      const key = hashJson(["needs", record.path])
      if (problem._tag === "damaged") return rewinding.rewind([record], key, ({ hash }) => hash === problem.hash, problem.reason)
      fail(record, key, problem)
      options.wake(false)
    },
  })
  // Sources are settled and did not fail when these are asked.
  const { outputOf, inputsOf, decideKey, partsAhead } = makeKeying(records, environment, tally)
  const rewinding = makeRewinding({
    store,
    records,
    outputOf,
    mark: options.mark,
    wake: options.wake,
    onGivenUp: (demanders, key, message) => {
      const failed = failedAtOnce(message)
      failures.set(key, failed)
      for (const record of demanders) fail(record, key, failed)
    },
  })
  const expanding = makeExpanding({
    records,
    valuesOf: needing.valuesOf,
    isCommitted: options.isCommitted,
    take: options.takeInside,
    require: (record, sources) => plan.require(record, sources),
    blockedBy,
    outputOf,
  })
  const upstream = { pinned, passing: needing.passing, outputOf, has: (output: OutputBlobs[string]) => isWhole(store, output) }
  const verdictOn = makeVerdicts({ ...options, wasForced: history.wasForced, failureOf: (key) => (failures.size === 0 ? undefined : failures.get(key)) })

  const visit = (record: NodeRecord): void => {
    tally.visited++
    const { kind } = record.node
    const ended = endedBeforehand(record, upstream)
    if (ended !== undefined) return show(record, ended)
    const edges = needing.edges(record)
    if (edges === "reading") return
    if (kind.needs !== undefined) {
      if (plan.require(record, needing.sourcesOf(edges))) return
      const blocked = blockedBy(record)
      if (blocked !== undefined) return setAside(record, blocked)
    }
    const inputs = inputsOf(record, edges)
    const key = decideKey(record, edges, inputs)
    const { keyAhead = key } = record
    record.decided = true
    if (kind.expand !== undefined) return become(record, key)
    // What is in flight under the same key goes on untouched.
    if (history.wasForced(record) && (record.awaited === key || (record.awaited === keyAhead && flight.rekey(keyAhead, key)))) return
    flight.drop(record)
    const verdict = verdictOn(record, key)
    if (verdict._tag === "run") return run(record, verdict, edges, inputs)
    if (verdict._tag === "fail") return fail(record, key, verdict.failed)
    if (keyAhead !== key) keepResult(record, verdict._tag === "reuse" ? verdict.action : store.actions.get(key))
    if (verdict._tag === "stay") return reuse(record, must(record.outputs, "outputs"))
    tally.hits++
    reuse(record, verdict.action.outputs)
  }
  const become = (record: NodeRecord, key: Hash): void => {
    const becomes = expanding.visit(record, key)
    if (becomes === undefined) return
    if (typeof becomes === "string") return fail(record, key, failedAtOnce(becomes))
    show(record, becomes)
  }
  const run = (record: NodeRecord, { isForced, isLost }: Extract<Verdict, { readonly _tag: "run" }>, edges: LiveEdges, inputs: InputBlobs): void => {
    if (isLost) {
      record.evicted = incomplete
      for (const name of new Set(Object.values(keysOf(record)))) void store.actions.remove(name)
    }
    const gone = rewinding.goneFor(record, edges)
    if (gone.size > 0) return rewinding.rewind([record], must(record.key, "key"), ({ hash }) => gone.has(hash), incomplete)
    flight.want(record, workOf(record, inputs, { isForced }))
  }
  /** The result of a node that reads streams is found under both its keys. */
  const keepResult = (record: NodeRecord, action: Action | undefined): void => {
    const keys = keysOf(record)
    if (action === undefined) return
    if (store.actions.get(keys.key) === undefined) options.lastRuns().putTrace(keys.key, must(record.parts, "parts"))
    keepUnderBoth(store, keys, action)
  }
  const workOf = (record: NodeRecord, inputs: Work["inputs"], { isForced = false, isLive = false }: Partial<Pick<Work, "isForced" | "isLive">>): Work => {
    const { kind, params } = record.node
    const { key, keyAhead } = keysOf(record)
    return {
      key,
      keyAhead,
      kind: kind as Kind,
      params,
      inputs,
      seed: environment.streamOf(record),
      lineage: kind.extends === undefined ? key : lineageOf(must(record.parts, "parts"), kind.extends),
      cores: kind.cores ?? 1,
      uses: usesOf(record.node),
      demand: record.kindNow?.hasStreams === true ? ahead.demandOf(record) : undefined,
      isForced,
      isLive,
    }
  }

  const writes = makeWrites({
    onDone: () => options.wake(false),
    onRefused: (key, losers, message) => {
      failures.set(key, failedAtOnce(message))
      options.mark(losers)
      options.wake(true)
    },
  })

  const onEnd = makeLanding({
    ...options,
    endings,
    failures,
    history,
    rewinding,
    writes,
    decline: (key) => ahead.decline(key),
    again: (record) => plan.again(record),
    keepResult,
  })

  const hub = makeHub({
    credit: options.credit,
    onBroken: (key) => flight.breakOff(key),
    onBlocked: (key) => flight.rest(key),
    onTaken: (key) => flight.goOn(key),
    onTally: (from, port, to, { elements, dropped, peak, spilled }) => {
      tally.streamed += elements
      tally.dropped += dropped
      const [node] = flight.demandersOf(from)
      const [consumer] = to === undefined ? [] : flight.demandersOf(to)
      if (node === undefined) return
      emit({ type: "streamed", revision: options.revision(), node: node.path, port, ...(consumer === undefined ? {} : { to: consumer.path }), elements, dropped, peak, spilled })
    },
  })
  const flight = makeFlight({ ...options, hub }, {
    onStart: (owner, work) => {
      lastOf(owner)
      owner.why = work.isForced ? { _tag: "Forced" } : whyOf(owner, records, options.lastRuns())
      const expectedMs = owner.last?.ms
      if (owner.parts !== undefined) options.lastRuns().putTrace(work.key, owner.parts)
      // What runs beside the engine ends before it could be interrupted.
      if (work.cores > 0) remember(owner, "started")
      if (options.isHeard()) emit({ type: "started", revision: options.revision(), node: owner.path, key: work.key, why: owner.why, ...(expectedMs === undefined ? {} : { expectedMs }) })
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
    isInteractive: (record) => plan.isInteractive(record),
    isDoubtful: (record) => !ahead.isCertain(record),
  })
  const plan = makePlan({
    stale,
    expectedMs: (record) => lastOf(record)?.ms ?? (record.node.kind.cores === 0 ? 1 : 1000),
    onUnneeded: (record) => flight.drop(record),
    before: needing.before,
  })

  const ahead = makeAhead({
    records,
    edgesOf: needing.ahead,
    partsAhead,
    hub,
    isPending: plan.isPending,
    isKnown: (record, key) => record.kindNow?.problem !== undefined || failures.has(key) || store.actions.get(key) !== undefined,
    workOf: (record, inputs) => workOf(record, inputs, { isLive: true }),
    freeCores: flight.freeCores,
    demandersOf: flight.demandersOf,
    start: flight.startNow,
  })

  return {
    plan,
    flight,
    hub,
    renew: () => {
      ahead.renew()
      plan.renew(records)
    },
    dispatch: () => {
      // First what has begun counts as wanted, then what is ready gets cores, then what may begin gets those left over.
      ahead.admit()
      flight.dispatch()
      ahead.admit()
    },
    visitSome: (most) => {
      for (let i = 0; i < most; i++) {
        const record = plan.next()
        if (record === undefined) return false
        visit(record)
      }
      return true
    },
    remake: rewinding.remake,
    prune: expanding.prune,
    isKept: writes.areDone,
    rest: () => {
      endings.rest()
      rewinding.rest()
      ahead.rest()
    },
    forgetFailures: (path) => {
      const failed = [...(path === undefined ? records.values() : [must(records.get(path), `node ${path}`)])].filter(({ outcome }) => outcome?.state === "failed")
      for (const { outcome } of failed) if (outcome?.state === "failed") failures.delete(outcome.key)
      return failed
    },
  }
}
