/**
 * Takes a new graph into the records: what changed is `dirty`, what may be reached from it is `check`. Looks at nodes in
 * which the graph differs from the one before, marks what they touch, and nothing else. SPEC R1-R3, P9.
 */
import { listOf, without, withOne } from "../base/few.ts"
import { equalJson } from "../base/json.ts"
import type { ListedSet } from "../base/listed.ts"
import type { TextMap } from "../base/text-map.ts"
import type { Difference } from "../base/trie.ts"
import { equalControls } from "../graph/controls.ts"
import type { Node } from "../graph/graph.ts"
import type { Placed } from "../graph/node-table.ts"
import { equalPorts, flatPorts, isSameRef } from "../graph/port-lists.ts"
import { makeNodeRecord, type NodeRecord, type Records } from "./node-record.ts"

export interface Change {
  readonly dirty: readonly NodeRecord[]
  /** Those of them whose key is sure to be another one, whatever their inputs turn out to be. */
  readonly rekeyed: readonly NodeRecord[]
  readonly removed: readonly NodeRecord[]
}

/** Updates `records` by the differences between two graphs. Marks are left to `markStale`. */
export const takeDifferences = (records: TextMap<NodeRecord>, differences: readonly Difference<Placed>[]): Change => {
  const dirty: NodeRecord[] = []
  const rekeyed: NodeRecord[] = []
  const rewired: NodeRecord[] = []
  const removed: NodeRecord[] = []
  // Each path comes once: in an engine that has no nodes yet none needs looking for.
  const isFirst = records.size === 0
  records.reserve(differences.length)
  for (const { key: path, after } of differences) {
    const known = isFirst ? undefined : records.get(path)
    if (after === undefined) {
      if (known !== undefined) removed.push(known)
      continue
    }
    const { node, position } = after
    const record = known ?? makeNodeRecord(node)
    record.index = position
    if (known === undefined) records.set(path, record)
    else if (isSameNode(known.node, node)) continue
    if (known === undefined || !equalInputs(known.node, node)) rewired.push(record)
    if (known !== undefined && !equalParams(known.node, node)) rekeyed.push(record)
    record.node = node
    dirty.push(record)
  }
  for (const record of removed) {
    records.delete(record.path)
    for (const source of record.sources) source.dependants = without(source.dependants, record)
  }
  for (const record of rewired) rewire(records, record)
  return { dirty, rekeyed, removed }
}

const rewire = (records: Records, record: NodeRecord): void => {
  for (const source of record.sources) source.dependants = without(source.dependants, record)
  const ends = flatPorts(record.node.inputs, ({ node }) => records.get(node))
  record.sources = isEachThereOnce(ends) ? ends : [...new Set(ends)].filter((source) => source !== undefined)
  for (const source of record.sources) source.dependants = withOne(source.dependants, record)
}

/** False of lists that are too long to be looked through for each of their members. */
const isEachThereOnce = (ends: readonly (NodeRecord | undefined)[]): ends is readonly NodeRecord[] => {
  if (ends.length > 8) return false
  for (let i = 0; i < ends.length; i++) if (ends[i] === undefined || ends.indexOf(ends[i]) !== i) return false
  return true
}

// Where a node is shown, its label and its knobs are no part of it.
const isSameNode = (a: Node, b: Node): boolean =>
  a === b || (a.kind === b.kind && a.salt === b.salt && equalControls(a.controls, b.controls) && equalParams(a, b) && equalInputs(a, b))

const equalParams = (a: Node, b: Node): boolean => a.params === b.params || equalJson(a.params, b.params)

const equalInputs = (a: Node, b: Node): boolean =>
  a.inputs === b.inputs || equalPorts(a.inputs, b.inputs, isSameRef)

/** Marks `dirty` records and everything they may reach; stops at what is marked already. `stale` collects all of the `count` records that are not clean. Gives back how many it marked. */
export const markStale = (dirty: Iterable<NodeRecord>, stale: ListedSet<NodeRecord>, count: number): number => {
  let marked = 0
  const queue: NodeRecord[] = []
  for (const record of dirty) {
    if (record.mark === "clean") queue.push(record)
    if (record.mark !== "dirty") marked++
    record.mark = "dirty"
    // What ends before the next plan has to be asked for again.
    record.decided = false
    stale.add(record)
  }
  // Of a new graph there is nothing else to reach.
  if (marked === count) return marked
  for (let record = queue.pop(); record !== undefined; record = queue.pop()) {
    for (const dependant of listOf(record.dependants)) {
      dependant.decided = false
      if (dependant.mark !== "clean") continue
      dependant.mark = "check"
      stale.add(dependant)
      marked++
      queue.push(dependant)
    }
  }
  return marked
}
