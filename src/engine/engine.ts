/**
 * The engine: graphs in, results out, as little work as possible in between. RxJS is its surface (edits in; events,
 * states and values out); inside is one planned scheduler (`settling.ts`, `flight.ts`), because chains of observables
 * would recompute diamonds and show mixed revisions. SPEC R1-R6, P1-P9.
 */
import { isObservable, Subject, type Observable, type Subscription } from "rxjs"
import { assert, must } from "../base/assert.ts"
import type { Clock } from "../base/clock.ts"
import type { Graph } from "../graph/graph.ts"
import type { Store } from "../store/store.ts"
import { makeTally, type Counters } from "./counters.ts"
import { makeEnvironment } from "./environment.ts"
import type { EngineEvent, Outcome, Summary } from "./event.ts"
import { makeFingerprint } from "./fingerprint.ts"
import type { Kind } from "./kind.ts"
import { lastRunsOf } from "./last-run.ts"
import type { NodeRecord } from "./node-record.ts"
import { makeNodeStates, type NodeState } from "./node-state.ts"
import type { Demand } from "./plan.ts"
import { markStale, takeGraph } from "./revision.ts"
import { makeSettling } from "./settling.ts"
import type { Transport } from "./transport.ts"

export interface EngineOptions {
  readonly store: Store
  /** Both stay the caller's to close, after the engine. */
  readonly transport: Transport
  readonly clock: Clock
  /** The graph's seed. */
  readonly seed: string | number
  /** Of the device that jobs get; asked once, when some kind computes on it. */
  readonly deviceFamily: () => Promise<string>
  /** Hash of a kind's own sources: `makeCodeVersion(store.notes)`. */
  readonly codeVersion: (kind: Kind) => Promise<string>
  /** Milliseconds from the signal to the hard stop of work nobody wants; 2,000 if absent. */
  readonly graceMs?: number
  /** Transient failures: 3 tries, 200 ms before the second, if absent. */
  readonly retry?: { readonly tries: number; readonly pauseMs: number }
  /** Pause between looks at work that another process does; 200 ms if absent. */
  readonly pollMs?: number
}

export interface Engine {
  /** Takes a graph in and gives back its revision; an equal graph is no new revision. Nothing runs before `settle`. */
  commit(graph: Graph): number
  /** Takes every graph in as it comes and settles all of it. */
  commit(graphs: Observable<Graph>): Subscription
  /** Brings the targets (all nodes, when absent) up to date with the newest revision. Rejects only when a code version cannot be had. */
  readonly settle: (targets?: readonly string[]) => Promise<Summary>
  readonly events$: Observable<EngineEvent>
  /** The node's state now and whenever it changes. */
  readonly state$: (path: string) => Observable<NodeState>
  /** The decoded value of an output, whenever it settles on another content. */
  readonly value$: (path: string, port: string) => Observable<unknown>
  /** How the node ended last, in whichever revision that was. */
  readonly outcome: (path: string) => Outcome | undefined
  /** Failed nodes run again with the next `settle`. */
  readonly retry: () => void
  /** Stops all work; who waits in `settle` gets a summary with the rest cancelled. Resolves when nothing runs any more. */
  readonly cancel: () => Promise<void>
  readonly counters: () => Counters
  /** Cancels and completes all observables. */
  readonly close: () => Promise<void>
}

/** Nodes visited before other work of this thread gets a turn. */
const visitsPerTurn = 1_000

export const makeEngine = (options: EngineOptions): Engine => {
  const { store, transport, clock } = options
  const records = new Map<string, NodeRecord>()
  const stale = new Set<NodeRecord>()
  const tally = makeTally()
  const events = new Subject<EngineEvent>()
  const states = makeNodeStates(records, store.blobs)
  const environment = makeEnvironment({
    seed: String(options.seed),
    codeVersion: options.codeVersion,
    deviceFamily: options.deviceFamily,
    fingerprint: makeFingerprint(store.notes),
    onCodeChanged: transport.reload,
  })
  let graph: Graph | undefined
  let lastRuns = lastRunsOf(store.notes, "")
  let revision = 0
  let isEnvironmentOld = false
  let isPlanOld = false
  let isTurning = false
  let isDue = false
  let cancelling: Promise<void> | undefined

  const settling = makeSettling({
    store,
    transport,
    clock,
    tally,
    records,
    stale,
    environment,
    graceMs: options.graceMs ?? 2_000,
    retry: options.retry ?? { tries: 3, pauseMs: 200 },
    pollMs: options.pollMs ?? 200,
    lastRuns: () => lastRuns,
    revision: () => revision,
    emit: (event) => events.next(event),
    onChange: states.changed,
    wake: (replan) => {
      isPlanOld ||= replan
      wake()
    },
  })
  const { plan, flight } = settling
  const rejections = new WeakMap<Demand, (error: unknown) => void>()

  /** One turn after another until there is nothing to do but wait. */
  const turn = async (): Promise<void> => {
    do {
      isDue = false
      if (cancelling !== undefined) return
      if (isEnvironmentOld) {
        isEnvironmentOld = false
        markStale(await environment.refresh(), stale)
        isPlanOld = true
        continue
      }
      if (isPlanOld) {
        isPlanOld = false
        plan.renew(records)
      }
      if (settling.visitSome(visitsPerTurn)) {
        await new Promise((resolve) => setImmediate(resolve))
        isDue = true
        continue
      }
      if (cancelling === undefined) flight.dispatch()
      for (const demand of plan.takeFinished()) finish(demand)
      if (plan.demands.size === 0) settling.rest()
    } while (isDue || isEnvironmentOld || isPlanOld || plan.hasReady())
  }
  const wake = (): void => {
    isDue = true
    if (isTurning || plan.demands.size === 0) return
    isTurning = true
    // A microtask later, so that all that ends in one turn is planned together.
    void Promise.resolve()
      .then(turn)
      .catch((error: unknown) => {
        isEnvironmentOld = true
        for (const demand of [...plan.demands]) {
          plan.demands.delete(demand)
          rejections.get(demand)?.(error)
        }
      })
      .finally(() => {
        isTurning = false
        if (isDue && cancelling === undefined) wake()
      })
  }
  const finish = (demand: Demand): void => {
    const count = (state: Outcome["state"]): number => [...demand.ended.values()].filter((one) => one === state).length
    const summary: Summary = {
      ran: count("ran"),
      reused: count("reused"),
      failed: count("failed"),
      blocked: count("blocked"),
      cancelled: count("cancelled"),
      ms: clock.now() - demand.from,
    }
    events.next({ type: "settled", revision, summary })
    demand.resolve(summary)
  }

  const commitGraph = (next: Graph): number => {
    isEnvironmentOld = true
    if (next !== graph) {
      if (next.name !== graph?.name) lastRuns = lastRunsOf(store.notes, next.name)
      graph = next
      const { dirty, rekeyed, removed } = takeGraph(records, next)
      for (const record of removed) {
        stale.delete(record)
        states.changed(record)
      }
      for (const record of [...removed, ...rekeyed]) flight.drop(record)
      if (dirty.length > 0 || removed.length > 0) {
        revision++
        isPlanOld = true
        markStale(dirty, stale)
        environment.regroup(records.values())
        events.next({ type: "revision", revision, nodes: records.size })
        for (const record of dirty) states.changed(record)
      }
    }
    wake()
    return revision
  }

  const settle = (targets?: readonly string[]): Promise<Summary> =>
    new Promise((resolve, reject) => {
      for (const path of targets ?? []) assert(records.has(path), `there is no node ${path} to settle`)
      const demand: Demand = { targets: targets === undefined ? undefined : new Set(targets), from: clock.now(), left: new Set(), ended: new Map(), resolve }
      rejections.set(demand, reject)
      plan.demands.add(demand)
      isPlanOld = true
      wake()
    })

  const cancel = (): Promise<void> =>
    (cancelling ??= (async () => {
      // Not in the middle of a visit, should an observer have called.
      await Promise.resolve()
      flight.dropAll()
      await flight.idle()
      for (const demand of [...plan.demands]) {
        plan.demands.delete(demand)
        for (const record of demand.left) {
          demand.ended.set(record.path, "cancelled")
          events.next({ type: "outcome", revision, node: record.path, outcome: { state: "cancelled" } })
        }
        finish(demand)
      }
      cancelling = undefined
      isPlanOld = true
      wake()
    })())

  function commit(next: Graph): number
  function commit(next: Observable<Graph>): Subscription
  function commit(next: Graph | Observable<Graph>): number | Subscription {
    if (!isObservable(next)) return commitGraph(next)
    return next.subscribe((one) => {
      commitGraph(one)
      void settle().catch((error: unknown) => events.error(error))
    })
  }

  return {
    commit,
    settle,
    events$: events.asObservable(),
    state$: states.state$,
    value$: (path, port) => states.value$(path, port),
    outcome: (path) => must(records.get(path), `node ${path}`).outcome,
    retry: () => markStale(settling.forgetFailures(), stale),
    cancel,
    counters: () => ({ ...tally }),
    close: async () => {
      await cancel()
      events.complete()
      states.complete()
    },
  }
}
