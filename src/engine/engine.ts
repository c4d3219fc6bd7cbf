/**
 * The engine: graphs in, results out, as little work as possible in between. RxJS is its surface (edits in; events,
 * states and values out); inside is one planned scheduler (`settling.ts`, `flight.ts`), because chains of observables
 * would recompute diamonds and show mixed revisions. SPEC R1-R6, P1-P9.
 */
import { isObservable, Subject, type Observable, type Subscription } from "rxjs"
import { assert, must } from "../base/assert.ts"
import type { Clock } from "../base/clock.ts"
import { makeListedSet } from "../base/listed.ts"
import { TextMap } from "../base/text-map.ts"
import type { Graph, Node, Ref } from "../graph/graph.ts"
import { asTable, changesBetween, tableOf } from "../graph/node-table.ts"
import type { Store } from "../store/store.ts"
import { summaryOf, type Demand, type Urgency } from "./demand.ts"
import { makeTally, type Counters } from "./counters.ts"
import { makeEnvironment } from "./environment.ts"
import type { EngineEvent, Outcome, Summary } from "./event.ts"
import { makeFingerprint } from "./fingerprint.ts"
import type { Retry } from "./flight.ts"
import { incomplete } from "./keying.ts"
import type { Kind } from "./kind.ts"
import { lastRunsOf } from "./last-run.ts"
import type { NodeRecord } from "./node-record.ts"
import { makeNodeStates, type NodeState } from "./node-state.ts"
import { makeResources, type Amounts } from "./resources.ts"
import { markStale, takeDifferences, type Change } from "./revision.ts"
import { makeSettling } from "./settling.ts"
import { makeStopping } from "./stopping.ts"
import type { Progress } from "./context.ts"
import type { Flow } from "./stream/hub.ts"
import type { Credit, Policy } from "./stream/message.ts"
import { watchStream } from "./stream/watch.ts"
import { makeSwitchedOff } from "./switched-off.ts"
import type { Transport } from "./transport.ts"
import { makeTurns } from "./turns.ts"

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
  /**
   * Outputs whose bytes are read from outside once they are settled; those that are gone are made again. Of all others the
   * hashes are enough, until a node that runs, or somebody who watches `value$`, reads them. None if absent.
   */
  readonly isWanted?: (output: Ref) => boolean
  /** Milliseconds from the signal to the hard stop of work nobody wants; 2,000 if absent. */
  readonly graceMs?: number
  /** Milliseconds that one node may run before it fails; as long as it takes, if absent. */
  readonly timeoutMs?: number
  /** Milliseconds of work after which a node may save a checkpoint; 5,000 if absent. */
  readonly checkpointMs?: number
  /** Transient failures: 3 tries, 200 ms before the second, no jitter, if absent. */
  readonly retry?: Retry
  /** Limits of what kinds say they use (`uses`), by name: "memory" in bytes, "gpu". What is not named has no limit. */
  readonly resources?: Amounts
  /** Cores beyond the transport's capacity for interactive work, so that what somebody touches need not wait for what runs; none if absent. */
  readonly spareCores?: number
  /** Pause between looks at work that another process does; 200 ms if absent. */
  readonly pollMs?: number
  /** Milliseconds that work waits for the consumers of its streams before it gives its cores to other work: 1,000 if absent. */
  readonly patienceMs?: number
  /** What a live edge may hold: 64 elements, 32 MiB, if absent. */
  readonly credit?: Credit
}

export interface Engine {
  /**
   * Takes a graph in and gives back its revision; an equal graph is no new revision. Of an edited graph (graph/edit.ts)
   * only what the edit touched is looked at. Nothing runs before `settle`.
   */
  commit(graph: Graph): number
  /** Takes every graph in as it comes and settles all of it. */
  commit(graphs: Observable<Graph>): Subscription
  /** Brings the targets (when absent, all nodes but those that nothing needs) up to date with the newest revision. Rejects only on a fault of what was passed in. */
  readonly settle: (targets?: readonly string[], urgency?: Urgency) => Promise<Summary>
  readonly events$: Observable<EngineEvent>
  /** Nodes as they are now, those inside expanded nodes too, in no particular order. */
  readonly nodes: () => Iterable<Node>
  /** One of them. */
  readonly node: (path: string) => Node | undefined
  readonly state: (path: string) => NodeState
  /** Paths of nodes whose state has become another one, or that are gone: one Observable for who watches all of them. */
  readonly changes$: Observable<string>
  /** The node's state now and whenever it changes. */
  readonly state$: (path: string) => Observable<NodeState>
  /** The decoded value of an output, whenever it settles on another content; of a stream, its elements joined. */
  readonly value$: (path: string, port: string) => Observable<unknown>
  /** What the node says of its work while it runs. */
  readonly progress$: (path: string) => Observable<Progress>
  /**
   * Decoded elements of a stream output, while the node runs or from the store. `latest` (if absent) and `sample` never
   * slow the engine, they miss what comes too fast; `block` sees everything from now on, and the node waits for it.
   */
  readonly stream$: (path: string, port: string, policy?: Policy) => Observable<unknown>
  /** What has gone from a stream output to a node that works on it, while both run; undefined otherwise. */
  readonly flow: (path: string, port: string) => Flow | undefined
  /** How the node ended last, in whichever revision that was. */
  readonly outcome: (path: string) => Outcome | undefined
  /** The node, or every node, runs again with the next `settle` if it failed. */
  readonly retry: (path?: string) => void
  /** From now on the seed of the graph is this one: what depends on it is stale. Nothing runs before `settle`. */
  readonly reseed: (seed: string | number) => void
  /** Stops all work; who waits in `settle` gets a summary with the rest cancelled. Resolves when nothing runs any more. */
  readonly cancel: () => Promise<void>
  readonly counters: () => Counters
  /** Cancels and completes all observables. Resolves when no code version and no file is looked for any more either: both are noted in the store. */
  readonly close: () => Promise<void>
}

/** Nodes visited before other work of this thread gets a turn. */
const visitsPerTurn = 1_000

export const makeEngine = (options: EngineOptions): Engine => {
  const { store, transport, clock } = options
  const records = new TextMap<NodeRecord>()
  const stale = makeListedSet<NodeRecord>()
  const tally = makeTally()
  const events = new Subject<EngineEvent>()
  const states = makeNodeStates(records, store.blobs, (record) => {
    settling.remake([record], incomplete)
    void settle([record.path]).catch(() => undefined)
  })
  const environment = makeEnvironment({
    records,
    seed: String(options.seed),
    codeVersion: options.codeVersion,
    deviceFamily: options.deviceFamily,
    fingerprint: makeFingerprint(store.notes),
    clock,
    revision: () => revision,
    onCodeChanged: transport.reload,
  })
  const mark = (dirty: Iterable<NodeRecord>): void => {
    const marked = markStale(dirty, stale, records.size)
    tally.marked += marked
    if (marked > 0 && states.isWatched()) for (const record of [...stale]) states.changed(record)
  }
  const switchedOff = makeSwitchedOff(records)
  let graph: Graph | undefined
  let nodes = tableOf([])
  let lastRuns = lastRunsOf(store.notes, "")
  let revision = 0

  const settling = makeSettling({
    store,
    transport,
    clock,
    tally,
    records,
    stale,
    mark,
    isAnyOff: switchedOff.isAny,
    isCommitted: (path) => nodes.has(path),
    takeInside: (changes) => {
      const change = takeDifferences(records, changes)
      takeChange(change)
      settling.prune(change.removed)
      // Kinds may be new.
      turns.wake("environment")
    },
    environment,
    isWanted: options.isWanted ?? (() => false),
    graceMs: options.graceMs ?? 2_000,
    timeoutMs: options.timeoutMs,
    checkpointMs: options.checkpointMs ?? 5_000,
    retry: options.retry ?? { tries: 3, pauseMs: 200 },
    pollMs: options.pollMs ?? 200,
    patienceMs: options.patienceMs ?? 1_000,
    spare: options.spareCores ?? 0,
    resources: makeResources(options.resources ?? {}),
    credit: options.credit ?? { items: 64, bytes: 32 * 2 ** 20 },
    lastRuns: () => lastRuns,
    revision: () => revision,
    emit: (event) => events.next(event),
    isHeard: () => events.observed,
    onChange: states.changed,
    wake: (replan) => turns.wake(replan ? "plan" : undefined),
  })
  const { plan, flight } = settling
  const turns = makeTurns({
    refresh: async () => mark(await environment.refresh()),
    replan: settling.renew,
    visitSome: () => settling.visitSome(visitsPerTurn),
    act: () => {
      settling.dispatch()
      if (!settling.isKept()) return
      for (const demand of plan.takeFinished()) finish(demand)
      if (plan.demands.size === 0) settling.rest()
    },
    isWanted: () => plan.demands.size > 0,
    onFault: (error) => {
      for (const demand of plan.demands) demand.reject(error)
      plan.demands.clear()
    },
  })
  const finish = (demand: Demand): void => {
    const summary = summaryOf(demand, clock.now())
    events.next({ type: "settled", revision, summary })
    demand.resolve(summary)
  }

  const takeIn = (next: Graph): void => {
    if (next.name !== graph?.name) {
      lastRuns = lastRunsOf(store.notes, next.name)
      for (const record of records.values()) record.last = undefined
    }
    graph = next
    const before = nodes
    nodes = asTable(next.nodes)
    const differences = changesBetween(before, nodes)
    tally.compared += differences.length
    const change = takeDifferences(records, differences)
    if (change.dirty.length === 0 && change.removed.length === 0) return
    revision++
    takeChange(change)
    settling.prune(change.removed)
    events.next({ type: "revision", revision, nodes: records.size })
    turns.wake("plan")
  }
  const takeChange = ({ dirty, rekeyed, removed }: Change): void => {
    for (const record of [...removed, ...rekeyed]) flight.drop(record)
    for (const record of removed) {
      stale.delete(record)
      environment.leave(record)
      if (record.last) lastRuns.keep(record.path, record.last)
    }
    for (const record of dirty) environment.enter(record)
    switchedOff.renew(dirty, removed)
    mark(dirty)
    if (states.isWatched()) for (const record of [...removed, ...dirty]) states.changed(record)
  }
  const commitGraph = (next: Graph): number => {
    if (next !== graph) takeIn(next)
    turns.wake("environment")
    return revision
  }

  const settle = (targets?: readonly string[], urgency: Urgency = "batch"): Promise<Summary> =>
    new Promise((resolve, reject) => {
      for (const path of targets ?? []) assert(records.has(path), `there is no node ${path} to settle`)
      plan.demands.add({ targets: targets === undefined ? undefined : new Set(targets), urgency, from: clock.now(), left: 0, ended: [], resolve, reject })
      if (urgency !== "batch") flight.reorder()
      turns.wake("plan")
    })

  const cancel = makeStopping({
    turns,
    flight,
    stale,
    demands: plan.demands,
    onLeft: ({ path }) => events.next({ type: "outcome", revision, node: path, outcome: { state: "cancelled" } }),
    finish,
  })

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
    nodes: () => [...records.values()].map(({ node }) => node),
    node: (path) => records.get(path)?.node,
    state: states.now,
    changes$: states.changes$,
    state$: states.state$,
    value$: states.value$,
    progress$: states.progress$,
    stream$: (path, port, policy = "latest") => watchStream({ records, states, hub: settling.hub, blobs: store.blobs }, path, port, policy),
    flow: (path, port) => {
      const key = records.get(path)?.awaited
      return key === undefined ? undefined : settling.hub.flow(key, port)
    },
    outcome: (path) => must(records.get(path), `node ${path}`).outcome,
    retry: (path) => mark(settling.forgetFailures(path)),
    reseed: (seed) => {
      environment.reseed(String(seed))
      mark([...records.values()].filter(({ node }) => node.kind.seeded === true))
      turns.wake("plan")
    },
    cancel,
    counters: () => ({ ...tally }),
    close: async () => {
      await cancel()
      await turns.idle()
      events.complete()
      states.complete()
    },
  }
}
