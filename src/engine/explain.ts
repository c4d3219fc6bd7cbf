/**
 * Why a node ran: the first part of its key that differs from its previous run, followed back through its inputs to the
 * edit. Reads traces; decides nothing. SPEC R6.
 */
import { canonical } from "../base/json.ts"
import type { KeyParts } from "../graph/key.ts"
import type { Why } from "./event.ts"
import type { LastRuns } from "./last-run.ts"
import type { NodeRecord } from "./node-record.ts"

/** One difference between two keys; for an input, which edge of which port. */
export type Difference = Exclude<Why, { readonly _tag: "Input" | "Evicted" | "PreviousFailed" | "Resumed" }> | { readonly _tag: "Edge"; readonly port: string; readonly index: number }

/** The first difference, in the order code, params, seed, device, files, inputs; undefined when the parts are equal. */
export const differenceOf = (before: KeyParts, now: KeyParts): Difference | undefined => {
  if (before.kind !== now.kind) return { _tag: "New" }
  if (before.code !== now.code) return { _tag: "Code" }
  for (const param of sortedNames(before.params, now.params)) {
    const [from, to] = [before.params[param] ?? null, now.params[param] ?? null]
    if (canonical(from) !== canonical(to)) return { _tag: "Param", param, from, to }
  }
  if (before.seed !== now.seed) return { _tag: "Seed" }
  if (before.device !== now.device) return { _tag: "Device", from: before.device ?? "none", to: now.device ?? "none" }
  for (let i = 0; i < Math.max(before.files.length, now.files.length); i++) {
    if (before.files[i]?.hash !== now.files[i]?.hash) return { _tag: "File", file: (now.files[i] ?? before.files[i])?.name ?? "" }
  }
  for (const port of sortedNames(before.inputs, now.inputs)) {
    const [from, to] = [before.inputs[port] ?? [], now.inputs[port] ?? []]
    const index = Array.from({ length: Math.max(from.length, to.length) }, (_, i) => i).find((i) => from[i] !== to[i])
    if (index !== undefined) return { _tag: "Edge", port, index }
  }
  return undefined
}

const sortedNames = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()

/** Why `record` has to run under the key it has now. Call it before its last run is overwritten. */
export const whyOf = (record: NodeRecord, records: ReadonlyMap<string, NodeRecord>, runs: LastRuns): Why => {
  const last = record.last ?? null
  if (record.evicted !== undefined) return { _tag: "Evicted", reason: record.evicted }
  if (last !== null && last.key === record.key) {
    if (last.state === "failed") return { _tag: "PreviousFailed" }
    if (last.state === "done") return { _tag: "Evicted", reason: "its result is no longer in the store" }
  }
  return changeOf(record, records, runs) ?? { _tag: "New" }
}

/** What made the key of `record` what it is, since the run before; undefined when there was none or nothing differs. */
const changeOf = (record: NodeRecord, records: ReadonlyMap<string, NodeRecord>, runs: LastRuns): Why | undefined => {
  const last = record.last ?? null
  const key = last === null ? undefined : last.key !== record.key && last.state !== "started" ? last.key : last.before
  const before = key === undefined ? undefined : runs.trace(key)
  const difference = before === undefined || record.parts === undefined ? undefined : differenceOf(before, record.parts)
  if (difference?._tag !== "Edge") return difference
  const refs = record.node.inputs[difference.port] ?? []
  const source = records.get((refs[difference.index] ?? refs[refs.length - 1])?.node ?? "")
  return { _tag: "Input", port: difference.port, node: source?.path ?? "", cause: source === undefined ? undefined : causeOf(source, records, runs) }
}

const causeOf = (source: NodeRecord, records: ReadonlyMap<string, NodeRecord>, runs: LastRuns): Why | undefined => {
  if (source.outcome?.state !== "ran") return changeOf(source, records, runs)
  const { why } = source.outcome
  return why._tag === "Resumed" ? why.of : why
}
