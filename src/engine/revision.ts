/**
 * Takes a new graph into the records: what changed is `dirty`, what may be reached from it is `check`. Costs a
 * comparison of two nodes for each node of the graph and marks only what an edit touches; an equal graph marks nothing.
 * SPEC R1-R3.
 */
import { equalJson } from "../base/json.ts"
import type { Graph, Node } from "../graph/graph.ts"
import { makeNodeRecord, type NodeRecord } from "./node-record.ts"
import { equalPorts } from "./port-lists.ts"

export interface Change {
  readonly dirty: readonly NodeRecord[]
  /** Those of them whose key is sure to be another one, whatever their inputs turn out to be. */
  readonly rekeyed: readonly NodeRecord[]
  readonly removed: readonly NodeRecord[]
}

/** Updates `records` to `graph`. Marks are left to `markStale`. */
export const takeGraph = (records: Map<string, NodeRecord>, graph: Graph): Change => {
  const dirty: NodeRecord[] = []
  const rekeyed: NodeRecord[] = []
  const rewired: NodeRecord[] = []
  let index = 0
  for (const node of graph.nodes.values()) {
    const record = records.get(node.path) ?? makeNodeRecord(node)
    record.index = index++
    const isNew = !records.has(node.path)
    records.set(node.path, record)
    if (!isNew && isSameNode(record.node, node)) continue
    if (isNew || !equalInputs(record.node, node)) rewired.push(record)
    if (!isNew && !equalParams(record.node, node)) rekeyed.push(record)
    record.node = node
    dirty.push(record)
  }
  const removed = records.size === graph.nodes.size ? [] : [...records.values()].filter(({ path }) => !graph.nodes.has(path))
  for (const record of removed) {
    records.delete(record.path)
    for (const source of record.sources) source.dependants.delete(record)
  }
  for (const record of rewired) rewire(records, record)
  return { dirty, rekeyed, removed }
}

const rewire = (records: ReadonlyMap<string, NodeRecord>, record: NodeRecord): void => {
  for (const source of record.sources) source.dependants.delete(record)
  const paths = new Set(Object.values(record.node.inputs).flatMap((refs) => refs.map((ref) => ref.node)))
  record.sources = [...paths].map((path) => records.get(path)).filter((source) => source !== undefined)
  for (const source of record.sources) source.dependants.add(record)
}

// Where a node is shown, its label and its knobs are no part of it.
const isSameNode = (a: Node, b: Node): boolean =>
  a === b || (a.kind === b.kind && a.salt === b.salt && equalParams(a, b) && equalInputs(a, b))

const equalParams = (a: Node, b: Node): boolean => a.params === b.params || equalJson(a.params, b.params)

const equalInputs = (a: Node, b: Node): boolean =>
  a.inputs === b.inputs || equalPorts(a.inputs, b.inputs, (x, y) => x.node === y.node && x.port === y.port)

/** Marks `dirty` records and everything they may reach; stops at what is marked already. `stale` collects all that are not clean. */
export const markStale = (dirty: Iterable<NodeRecord>, stale: Set<NodeRecord>): void => {
  const queue: NodeRecord[] = []
  for (const record of dirty) {
    if (record.mark === "clean" || !stale.has(record)) queue.push(record)
    record.mark = "dirty"
    stale.add(record)
  }
  for (let record = queue.pop(); record !== undefined; record = queue.pop()) {
    for (const dependant of record.dependants) {
      if (dependant.mark !== "clean") continue
      dependant.mark = "check"
      stale.add(dependant)
      queue.push(dependant)
    }
  }
}
