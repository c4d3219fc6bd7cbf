/**
 * What settling a graph would do, found without doing any of it: how nodes end without being computed, their keys, and what
 * is to be done about them is asked where settling asks (`controlled.ts`, `keying.ts`, `verdict.ts`); where an input would be
 * made anew, its content is unknown. Executes nothing, writes nothing but notes.
 * SPEC R7.
 */
import type { Clock } from "../base/clock.ts"
import type { Hash } from "../base/hash.ts"
import { must } from "../base/assert.ts"
import { TextMap } from "../base/text-map.ts"
import type { Graph, Ref } from "../graph/graph.ts"
import { lineageOf } from "../graph/key.ts"
import type { LiveEdges } from "../graph/live-edges.ts"
import { asTable, changesBetween, tableOf } from "../graph/node-table.ts"
import { mapPorts } from "../graph/port-lists.ts"
import type { StoredOutput } from "../store/segments.ts"
import type { Store } from "../store/store.ts"
import { endedBeforehand, type Aside } from "./controlled.ts"
import { makeTally } from "./counters.ts"
import { makeEnvironment } from "./environment.ts"
import type { Why } from "./event.ts"
import { changeOf, differencesOf, previous, whyOf, type KnownCause } from "./explain.ts"
import { expectations } from "./expected.ts"
import { makeFingerprint } from "./fingerprint.ts"
import { makeHistory } from "./history.ts"
import { incomplete, isWhole, makeKeying } from "./keying.ts"
import type { Kind } from "./kind.ts"
import { lastRunsOf, type LastRuns } from "./last-run.ts"
import { makeNeeding, type Needing } from "./needing.ts"
import { takeResult, type NodeRecord, type Records } from "./node-record.ts"
import { makePinned } from "./pinned.ts"
import { isRoot } from "./plan.ts"
import { takeDifferences } from "./revision.ts"
import { makeSwitchedOff } from "./switched-off.ts"
import { makeResources, type Amounts } from "./resources.ts"
import type { OutputBlobs } from "./transport.ts"
import { makeVerdicts, unreadable } from "./verdict.ts"
import { whyNot } from "./why-not.ts"

/** What would become of a node. */
export type Prospect =
  | { readonly state: "reused"; readonly key: Hash; readonly outputs: OutputBlobs }
  /**
   * It would run: its key is in no cache. Without a `key`, an input would be made anew and something of its own changed as
   * well (or it never ran), so that only an older result of the very same key could save it. `resumesAt`: the step of the
   * checkpoint it would go on from. `first`: sources that would run before.
   */
  | { readonly state: "runs"; readonly key?: Hash; readonly why: Why; readonly resumesAt?: number; readonly expectedMs?: number; readonly first: readonly string[] }
  /** Nothing of its own changed, but sources would run first: it runs unless their results come out equal. */
  | { readonly state: "unknown"; readonly why: Why; readonly expectedMs?: number; readonly first: readonly string[] }
  /** It would not run whatever is cached: off, pinned, bypassed, behind a gate, or nothing needs it. */
  | { readonly state: "rests"; readonly why: string }
  /** It would fail before it starts. */
  | { readonly state: "fails"; readonly message: string }

export interface Forecast {
  readonly graph: Graph
  /** In the graph's order. */
  readonly nodes: ReadonlyMap<string, Prospect>
  /** What the engine would know of the nodes; for `explain`. */
  readonly records: Records
  readonly lastRuns: LastRuns
}

export interface ForecastOptions {
  readonly store: Store
  readonly clock: Clock
  readonly seed: string | number
  readonly deviceFamily: () => Promise<string>
  readonly codeVersion: (kind: Kind) => Promise<string>
  /** Outputs whose bytes are read from outside, as the engine is told; none if absent. */
  readonly isWanted?: (output: Ref) => boolean
  /** Limits of what kinds say they use, as the engine is told. */
  readonly resources?: Amounts
}

export const forecast = async (graph: Graph, options: ForecastOptions): Promise<Forecast> => {
  const { store } = options
  const records = new TextMap<NodeRecord>()
  takeDifferences(records, changesBetween(tableOf([]), asTable(graph.nodes)))
  const environment = makeEnvironment({ ...options, records, seed: String(options.seed), revision: () => 0, fingerprint: makeFingerprint(store.notes), onCodeChanged: () => undefined })
  for (const record of records.values()) environment.enter(record)
  await environment.refresh()
  const lastRuns = lastRunsOf(store.notes, graph.name)
  for (const record of records.values()) record.last = lastRuns.get(record.path)
  const { inputsOf, decideKey, partsWith } = makeKeying(records, environment, makeTally())
  const expected = expectations(records.values(), store, lastRuns)
  const nodes = new Map<string, Prospect>()

  const switchedOff = makeSwitchedOff(records)
  switchedOff.renew(records.values(), [])
  const { wasForced } = makeHistory(() => lastRuns, records)
  const pinned = makePinned(store, (record) => record.last ?? null)
  // What hangs on values that would have to be read is taken for needed.
  const needing = makeNeeding({ records, store, isAnyOff: switchedOff.isAny, pinned, onRead: () => undefined, onUnreadable: () => undefined })
  const needed = neededFor([...records.values()], needing)
  const blobOf = (ref: Ref): StoredOutput | undefined => records.get(ref.node)?.outputs?.[ref.port]
  const upstream = { pinned, passing: needing.passing, outputOf: blobOf, has: (output: StoredOutput) => isWhole(store, output) }
  const verdictOn = makeVerdicts({
    store,
    resources: makeResources(options.resources ?? {}),
    isWanted: options.isWanted ?? (() => false),
    wasForced,
    failureOf: () => undefined,
  })

  const foreseen: KnownCause = ({ path }) => {
    const prospect = nodes.get(path)
    return prospect?.state === "runs" || prospect?.state === "unknown" ? prospect.why : undefined
  }
  const fails = (record: NodeRecord, message: string): Prospect => {
    record.outcome = { state: "failed", why: { _tag: "New" }, ms: 0, key: notYet, message }
    return { state: "fails", message }
  }
  /** It ends without being computed. */
  const ends = (record: NodeRecord, outcome: Aside): Prospect => {
    record.outcome = outcome
    if (outcome.state === "failed") return { state: "fails", message: outcome.message }
    if (outcome.state === "blocked") return { state: "fails", message: `${outcome.cause} fails` }
    if (outcome.state === "held") record.outputs = outcome.outputs
    return { state: "rests", why: whyNot(outcome) }
  }
  const known = (record: NodeRecord, edges: LiveEdges): Prospect => {
    const key = decideKey(record, edges, inputsOf(record, edges))
    const verdict = verdictOn(record, key)
    switch (verdict._tag) {
      case "fail":
        return fails(record, verdict.failed.message)
      case "stay":
        return { state: "reused", key, outputs: must(record.outputs, "outputs") }
      case "reuse":
        takeResult(record, verdict.action.outputs)
        return { state: "reused", key, outputs: verdict.action.outputs }
      case "run": {
        const { isForced, isLost } = verdict
        // A key that has a result keeps it.
        const found = isForced ? store.actions.get(key) : undefined
        if (found !== undefined) record.outputs = found.outputs
        if (isLost) record.evicted = incomplete
        const resumesAt = isForced ? undefined : checkpointOf(record, store)
        const why: Why = isForced ? { _tag: "Forced" } : whyOf(record, records, lastRuns, foreseen)
        return { state: "runs", key, why, ...(resumesAt === undefined ? {} : { resumesAt }), ...expected(record, resumesAt), first: [] }
      }
    }
  }
  const unknown = (record: NodeRecord, edges: LiveEdges, first: readonly string[]): Prospect => {
    record.edges = edges
    record.parts = partsWith(mapPorts(edges, (ref) => ref && (blobOf(ref)?.hash ?? notYet)), record)
    const state = mayBeSaved(record, lastRuns) ? "unknown" : "runs"
    return { state, why: changeOf(record, records, lastRuns, foreseen) ?? { _tag: "New" }, ...expected(record), first }
  }
  const prospect = (record: NodeRecord): Prospect => {
    const edges = needed.get(record)
    if (edges === undefined) return { state: "rests", why: "nothing needs it" }
    const { kind } = record.node
    record.needed = needing.sourcesOf(edges)
    const ended = endedBeforehand(record, upstream)
    if (ended !== undefined) return ends(record, ended)
    if (kind.expand !== undefined) return { state: "rests", why: "becomes other nodes when its inputs are there" }
    const problem = record.kindNow?.problem
    if (problem !== undefined) return fails(record, unreadable(problem))
    const first = new Set(Object.values(edges).flatMap((refs) => refs.flatMap((ref) => (ref === null || blobOf(ref) !== undefined ? [] : [ref.node]))))
    return first.size === 0 ? known(record, edges) : unknown(record, edges, [...first])
  }
  for (const record of records.values()) nodes.set(record.path, prospect(record))
  const queue = [...records.values()].filter(({ path }) => nodes.get(path)?.state === "runs")
  for (const record of queue) {
    for (const source of sourcesToRemake(record, records, store)) {
      if (nodes.get(source.path)?.state !== "reused") continue
      nodes.set(source.path, { state: "runs", key: must(source.key, "key"), why: { _tag: "Evicted", reason: incomplete }, ...expected(source), first: [] })
      queue.push(source)
    }
  }
  return { graph, nodes, records, lastRuns }
}

/** Sources whose results are known by their hashes, but the bytes that the node would read are gone. */
const sourcesToRemake = ({ node, edges = node.inputs }: NodeRecord, records: Records, store: Store): readonly NodeRecord[] =>
  Object.values(edges).flat().flatMap((ref) => {
    const source = records.get(ref?.node ?? "")
    const output = ref === null ? undefined : source?.outputs?.[ref.port]
    return source === undefined || output === undefined || isWhole(store, output) ? [] : [source]
  })

/** The edges that count of all nodes that would be looked at when everything is asked for. */
const neededFor = (records: readonly NodeRecord[], needing: Needing): ReadonlyMap<NodeRecord, LiveEdges> => {
  const found = new Map<NodeRecord, LiveEdges>()
  const queue = records.filter(isRoot)
  for (let record = queue.pop(); record !== undefined; record = queue.pop()) {
    if (found.has(record)) continue
    const edges = needing.likely(record)
    found.set(record, edges)
    queue.push(...needing.sourcesOf(edges))
  }
  return found
}

/** Stands for the content of an input that would be made anew; unlike any hash. */
const notYet = "" as Hash

/** Nothing differs from the last run but inputs of which the content is not known yet. */
const mayBeSaved = (record: NodeRecord, runs: LastRuns): boolean => {
  const before = previous(record, runs)
  if (before === undefined || record.parts === undefined) return false
  const now = record.parts
  return [...differencesOf(before.parts, now)].every((one) => one._tag === "Edge" && now.inputs[one.port]?.[one.index] === notYet)
}

/** The furthest checkpoint that a kind with one extending param would go on from. */
const checkpointOf = ({ node, parts }: NodeRecord, store: Store): number | undefined => {
  const [extending, ...others] = node.kind.extends ?? []
  const most = extending === undefined || others.length > 0 ? undefined : node.params[extending]
  if (typeof most !== "number" || parts === undefined) return undefined
  return store.checkpoints.list(lineageOf(parts, node.kind.extends ?? [])).filter(({ step, hash, bytes }) => step <= most && store.blobs.has({ hash, bytes })).at(-1)?.step
}
