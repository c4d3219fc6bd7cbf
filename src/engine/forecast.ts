/**
 * What settling a graph would do, found without doing any of it: keys are computed and looked up as settling does
 * (`keying.ts`), and where an input would be made anew, its content is unknown. Executes nothing, writes nothing but notes.
 * SPEC R7.
 */
import type { Clock } from "../base/clock.ts"
import type { Hash } from "../base/hash.ts"
import { must } from "../base/assert.ts"
import type { Graph, Ref } from "../graph/graph.ts"
import { lineageOf } from "../graph/key.ts"
import type { LiveEdges } from "../graph/live-edges.ts"
import { asTable, changesBetween, tableOf } from "../graph/node-table.ts"
import { mapPorts } from "../graph/port-lists.ts"
import type { Store } from "../store/store.ts"
import { makeTally } from "./counters.ts"
import { makeEnvironment } from "./environment.ts"
import type { Why } from "./event.ts"
import { changeOf, differencesOf, previous, whyOf, type KnownCause } from "./explain.ts"
import { expectations } from "./expected.ts"
import { makeFingerprint } from "./fingerprint.ts"
import { makeHistory } from "./history.ts"
import { incomplete, isWhole, makeKeying, resultOf } from "./keying.ts"
import type { Kind } from "./kind.ts"
import { lastRunsOf, type LastRuns } from "./last-run.ts"
import { makeNeeding, type Needing } from "./needing.ts"
import type { NodeRecord } from "./node-record.ts"
import { makePinned } from "./pinned.ts"
import { isRoot } from "./plan.ts"
import { takeDifferences } from "./revision.ts"
import { makeSwitchedOff } from "./switched-off.ts"
import type { OutputBlobs } from "./transport.ts"
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
  readonly records: ReadonlyMap<string, NodeRecord>
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
}

export const forecast = async (graph: Graph, options: ForecastOptions): Promise<Forecast> => {
  const { store } = options
  const records = new Map<string, NodeRecord>()
  takeDifferences(records, changesBetween(tableOf([]), asTable(graph.nodes)))
  const environment = makeEnvironment({ ...options, seed: String(options.seed), revision: () => 0, fingerprint: makeFingerprint(store.notes), onCodeChanged: () => undefined })
  for (const record of records.values()) environment.enter(record)
  await environment.refresh()
  const lastRuns = lastRunsOf(store.notes, graph.name)
  for (const record of records.values()) record.last = lastRuns.get(record.path)
  const { decideKey, partsWith } = makeKeying(records, environment, makeTally())
  const expected = expectations(records.values(), store, lastRuns)
  const nodes = new Map<string, Prospect>()

  const switchedOff = makeSwitchedOff(records)
  switchedOff.renew(records.values(), [])
  const { wasForced } = makeHistory(() => lastRuns, records)
  const pinned = makePinned(store, (record) => record.last ?? null)
  // What hangs on values that would have to be read is taken for needed.
  const needing = makeNeeding({ records, store, isAnyOff: switchedOff.isAny, pinned, onRead: () => undefined, onUnreadable: () => undefined })
  /** The gates that nodes wait for. */
  const gates = new Map<string, string>()
  const needed = neededFor([...records.values()], needing)

  const known = (record: NodeRecord, edges: LiveEdges): Prospect => {
    const key = decideKey(record, edges)
    const found = resultOf(store, key, (port) => options.isWanted?.({ node: record.path, port }) === true)
    if (typeof found === "object") {
      record.outputs = found.outputs
      if (!wasForced(record)) return { state: "runs", key, why: { _tag: "Forced" }, ...expected(record), first: [] }
      return { state: "reused", key, outputs: found.outputs }
    }
    if (found === "incomplete") record.evicted = incomplete
    const resumesAt = checkpointOf(record, store)
    return { state: "runs", key, why: whyOf(record, records, lastRuns, foreseen), ...(resumesAt === undefined ? {} : { resumesAt }), ...expected(record, resumesAt), first: [] }
  }
  const foreseen: KnownCause = ({ path }) => {
    const prospect = nodes.get(path)
    return prospect?.state === "runs" || prospect?.state === "unknown" ? prospect.why : undefined
  }
  const unknown = (record: NodeRecord, edges: LiveEdges, first: readonly string[]): Prospect => {
    record.edges = edges
    record.parts = partsWith(mapPorts(edges, (ref) => (ref === null ? null : (records.get(ref.node)?.outputs?.[ref.port]?.hash ?? notYet))), record)
    const state = mayBeSaved(record, lastRuns) ? "unknown" : "runs"
    return { state, why: changeOf(record, records, lastRuns, foreseen) ?? { _tag: "New" }, ...expected(record), first }
  }
  const prospect = (record: NodeRecord): Prospect => {
    const edges = needed.get(record)
    if (record.off !== undefined) return { state: "rests", why: whyNot({ state: "off", cause: record.off }) }
    if (edges === undefined) return { state: "rests", why: "nothing needs it" }
    const { controls, kind } = record.node
    const outputs = pinned(record)
    if (outputs !== undefined) {
      record.outputs = outputs
      return { state: "rests", why: whyNot({ state: "held", by: "pin", outputs, ...(controls?.pin?.reason === undefined ? {} : { reason: controls.pin.reason }) }) }
    }
    const sources = needing.sourcesOf(edges)
    const gate = sources.map(({ path }) => gates.get(path)).find((path) => path !== undefined) ?? (controls?.gate === "closed" && controls.bypass !== true ? record.path : undefined)
    if (gate !== undefined) {
      gates.set(record.path, gate)
      return { state: "rests", why: whyNot({ state: "gated", cause: gate }) }
    }
    const failing = sources.find(({ path }) => nodes.get(path)?.state === "fails")
    if (failing !== undefined) return { state: "fails", message: `${failing.path} fails` }
    if (controls?.bypass === true) {
      const passed = Object.entries(needing.passing(record)).map(([output, ref]) => [output, ref && records.get(ref.node)?.outputs?.[ref.port]] as const)
      if (passed.every(([, blob]) => blob !== undefined)) record.outputs = Object.fromEntries(passed) as OutputBlobs
      return { state: "rests", why: whyNot({ state: "held", by: "bypass", outputs: {} }) }
    }
    if (kind.expand !== undefined) return { state: "rests", why: "becomes other nodes when its inputs are there" }
    const problem = environment.problemOf(kind)
    if (problem !== undefined) return { state: "fails", message: `the sources of its kind cannot be read: ${problem}` }
    const first = sources.filter(({ outputs: made }) => made === undefined).map(({ path }) => path)
    return first.length === 0 ? known(record, edges) : unknown(record, edges, first)
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
const sourcesToRemake = ({ node, edges = node.inputs }: NodeRecord, records: ReadonlyMap<string, NodeRecord>, store: Store): readonly NodeRecord[] =>
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
