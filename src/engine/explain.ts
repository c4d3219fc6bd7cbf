/**
 * Why a node ran or would run: the parts of its key that differ from its previous run, followed through its inputs to
 * the edits. Reads traces; decides nothing. SPEC R6.
 */
import { canonical } from "../base/json.ts"
import type { Hash } from "../base/hash.ts"
import type { Ref } from "../graph/graph.ts"
import type { KeyParts } from "../graph/key.ts"
import { flatPlace } from "../graph/port-lists.ts"
import type { Why } from "./event.ts"
import { previousOf, wiresWith, type LastRuns, type Wires } from "./last-run.ts"
import type { NodeRecord, Records } from "./node-record.ts"

/** One difference between two keys; for an input, which edge of which port. */
export type Difference =
  | Extract<Why, { readonly _tag: "New" | "Code" | "Param" | "Seed" | "Volatile" | "Device" | "File" }>
  | { readonly _tag: "Edge"; readonly port: string; readonly index: number }

/** The differences, in the order code, params, seed, device, files, inputs; of each input port the first. */
export function* differencesOf(before: KeyParts, now: KeyParts): Generator<Difference> {
  if (before.kind !== now.kind) return yield { _tag: "New" }
  if (before.code !== now.code) yield { _tag: "Code" }
  for (const param of sortedNames(before.params, now.params)) {
    const [from, to] = [before.params[param] ?? null, now.params[param] ?? null]
    if (canonical(from) !== canonical(to)) yield { _tag: "Param", param, from, to }
  }
  if (before.seed !== now.seed) yield { _tag: "Seed" }
  if (before.slot !== now.slot) yield { _tag: "Volatile" }
  if (before.device !== now.device) yield { _tag: "Device", from: before.device ?? "none", to: now.device ?? "none" }
  for (let i = 0; i < Math.max(before.files.length, now.files.length); i++) {
    if (before.files[i]?.hash !== now.files[i]?.hash) yield { _tag: "File", file: (now.files[i] ?? before.files[i])?.name ?? "" }
  }
  for (const port of sortedNames(before.inputs, now.inputs)) {
    const [from, to] = [before.inputs[port] ?? [], now.inputs[port] ?? []]
    const index = Array.from({ length: Math.max(from.length, to.length) }, (_, i) => i).find((i) => from[i] !== to[i])
    if (index !== undefined) yield { _tag: "Edge", port, index }
  }
}

/** The first difference; undefined when the parts are equal. */
export const differenceOf = (before: KeyParts, now: KeyParts): Difference | undefined => differencesOf(before, now).next().value ?? undefined

const sortedNames = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()

const isNew: Why = { _tag: "New" }

/** Why `record` has to run under the key it has now. Call it before its last run is overwritten. */
export const whyOf = (record: NodeRecord, records: Records, runs: LastRuns, known: KnownCause = ranBefore): Why => {
  const last = record.last ?? null
  if (record.evicted !== undefined) return { _tag: "Evicted", reason: record.evicted }
  if (last !== null && last.key === record.key) {
    if (last.state === "failed") return { _tag: "PreviousFailed" }
    if (last.state === "done") return { _tag: "Evicted", reason: "its result is no longer in the store" }
  }
  return changeOf(record, records, runs, known) ?? isNew
}

/** Why a source ran or will run, where that is known without its traces; `key` is what its key was. */
export type KnownCause = (source: NodeRecord, key: Hash | undefined) => Why | undefined

const ranBefore: KnownCause = (source, key) => {
  // While it runs again, its outcome is still that of the run before.
  if (source.outcome?.state !== "ran" || source.outcome.key !== source.key || !(key === undefined || key === source.last?.before || key === source.key)) return undefined
  const { why } = source.outcome
  return why._tag === "Resumed" ? why.of : why
}

/** A node's key as it was: its parts, and where its inputs came from. */
interface Former {
  readonly parts: KeyParts
  readonly wires: Wires | undefined
}

const formerOf = (record: NodeRecord, key: Hash | undefined, runs: LastRuns): Former | undefined => {
  const parts = key === undefined ? undefined : runs.trace(key)
  return key === undefined || parts === undefined ? undefined : { parts, wires: wiresWith(record.last, key) }
}

/** What to compare the present key with. */
export const previous = (record: NodeRecord, runs: LastRuns): Former | undefined => formerOf(record, previousOf(record.last, record.key), runs)

/** What made the key of `record` what it is, since the run before; undefined when there was none or nothing differs. */
export const changeOf = (record: NodeRecord, records: Records, runs: LastRuns, known: KnownCause = ranBefore): Why | undefined => {
  const before = previous(record, runs)
  return before === undefined ? undefined : firstWhy(before, record, records, runs, known, 0)
}

/** Of one node, everything that differs. An input names the node it comes from; look there for what changed. */
export interface Explanation {
  readonly node: string
  readonly whys: readonly Why[]
}

/** Everything that made the key of `record` what it is since the run before: its own differences, then those of the nodes its changed inputs come from, each node once. */
export const explain = (record: NodeRecord, records: Records, runs: LastRuns): readonly Explanation[] => {
  const found = new Map<string, Explanation>()
  const queue: (readonly [NodeRecord, Former | undefined])[] = [[record, previous(record, runs)]]
  for (const [at, before] of queue) {
    if (found.has(at.path)) continue
    const differences = before === undefined || at.parts === undefined ? [] : [...differencesOf(before.parts, at.parts)]
    found.set(at.path, { node: at.path, whys: before === undefined ? [{ _tag: "New" }] : differences.map((one) => named(one, before, at, records, runs, () => undefined)) })
    for (const one of differences) {
      const edge = one._tag === "Edge" && before !== undefined ? edgeOf(one, before, at, records, runs) : undefined
      if (edge?.source !== undefined && !edge.isRewired) queue.push([edge.source, edge.before])
    }
  }
  return [...found.values()]
}

/** Inputs followed upstream at most. */
const mostHops = 200

const firstWhy = (before: Former, record: NodeRecord, records: Records, runs: LastRuns, known: KnownCause, hops: number): Why | undefined => {
  const difference = record.parts === undefined ? undefined : differenceOf(before.parts, record.parts)
  return difference && named(difference, before, record, records, runs, ({ source, key, before: old }) => {
    if (source === undefined) return undefined
    return known(source, key) ?? (old === undefined || hops === mostHops ? undefined : firstWhy(old, source, records, runs, known, hops + 1))
  })
}

/** An edge whose content changed: where it comes from, and what its source was before. */
interface ChangedEdge {
  readonly source: NodeRecord | undefined
  /** What the source's key was; undefined when that is not known. */
  readonly key: Hash | undefined
  readonly before: Former | undefined
  readonly isRewired: boolean
  /** `node.port` then and now; undefined where there was or is none. */
  readonly from: string | undefined
  readonly to: string | undefined
}

const edgeOf = ({ port, index }: Extract<Difference, { readonly _tag: "Edge" }>, before: Former, record: NodeRecord, records: Records, runs: LastRuns): ChangedEdge => {
  const ref = (record.edges ?? record.node.inputs)[port]?.[index] ?? undefined
  const source = records.get(ref?.node ?? "")
  const textOf = (one: Ref | null | undefined): string | undefined => (one === null || one === undefined ? undefined : `${one.node}.${one.port}`)
  const [from, to] = [textOf(before.wires?.edges[port]?.[index]), textOf(ref)]
  const key = before.wires?.keys[flatPlace(before.wires.edges, port, index)] ?? (before.wires === undefined && source !== undefined ? previousOf(source.last, source.key) : undefined)
  return { source, key, before: source && formerOf(source, key, runs), isRewired: before.wires !== undefined && from !== to, from, to }
}

const named = (difference: Difference, { parts, wires }: Former, record: NodeRecord, records: Records, runs: LastRuns, cause: (edge: ChangedEdge) => Why | undefined): Why => {
  if (difference._tag === "Code") {
    const files = changedFiles(runs.sources(parts.code), runs.sources(record.parts?.code ?? ""))
    return files.length === 0 ? difference : { _tag: "Code", files }
  }
  if (difference._tag !== "Edge") return difference
  const edge = edgeOf(difference, { parts, wires }, record, records, runs)
  if (edge.isRewired) return { _tag: "Rewired", port: difference.port, from: edge.from ?? null, to: edge.to ?? null }
  return { _tag: "Input", port: difference.port, node: edge.source?.path ?? "", cause: cause(edge) }
}

type Sources = { readonly [file: string]: string }

/** Names that differ, in order; none when the sources of one version are not known. */
const changedFiles = (before: Sources | undefined, now: Sources | undefined): readonly string[] =>
  before === undefined || now === undefined ? [] : sortedNames(before, now).filter((name) => before[name] !== now[name])
