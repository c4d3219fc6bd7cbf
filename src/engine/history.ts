/** The last runs of nodes, read once from the store's notes and kept on the records. SPEC W5, R6. */
import { must } from "../base/assert.ts"
import { flatPorts } from "../graph/port-lists.ts"
import { nextRun, sameRun, type LastRun, type LastRuns, type Wires } from "./last-run.ts"
import { sourceAt, type NodeRecord, type Records } from "./node-record.ts"

export interface History {
  readonly lastOf: (record: NodeRecord) => LastRun | null
  /** Whether the node did what its control `force` asks for, in this process or another. */
  readonly wasForced: (record: NodeRecord) => boolean
  readonly rememberForced: (record: NodeRecord) => void
  /** The node has its present key in this state; `ms` when it has just run. Writes nothing when nothing is new. */
  readonly remember: (record: NodeRecord, state: LastRun["state"], ms?: number) => void
}

/** Forced runs remembered of a node. */
const mostForced = 64

/** `lastRuns` gives the notes of the present graph. */
export const makeHistory = (lastRuns: () => LastRuns, records: Records): History => {
  /** What the control `force` of nodes held when it was followed, as far as it was looked up. */
  const known = new WeakMap<NodeRecord, readonly string[]>()
  const forcedOf = (record: NodeRecord): readonly string[] => {
    const forced = known.get(record) ?? lastRuns().forced(record.path)
    known.set(record, forced)
    return forced
  }
  const lastOf = (record: NodeRecord): LastRun | null => (record.last === undefined ? (record.last = lastRuns().get(record.path)) : record.last)
  const wiresOf = (record: NodeRecord): Wires => {
    const edges = must(record.edges, "edges")
    return { edges, keys: flatPorts(edges, (ref) => (ref === null ? null : (sourceAt(records, record, ref.node)?.key ?? null))) }
  }
  return {
    lastOf,
    wasForced: (record) => {
      const token = record.node.controls?.force
      return token === undefined || forcedOf(record).includes(token)
    },
    rememberForced: (record) => {
      const token = record.node.controls?.force
      if (token === undefined) return
      const forced = [...forcedOf(record).filter((old) => old !== token), token].slice(-mostForced)
      known.set(record, forced)
      lastRuns().putForced(record.path, forced)
    },
    remember: (record, state, ms) => {
      const old = lastOf(record)
      const key = must(record.key, "key")
      if (old?.key === key && old.state === state && ms === undefined) return
      record.last = old?.key === key ? sameRun(old, state, ms) : nextRun(old, key, wiresOf(record), state, ms)
      lastRuns().put(record.path, record.last)
    },
  }
}
