/** The last runs of nodes, read once from the store's notes and kept on the records. SPEC W5, R6. */
import { must } from "../base/assert.ts"
import { mapPorts } from "../graph/port-lists.ts"
import { nextRun, type LastRun, type LastRuns, type Wires } from "./last-run.ts"
import type { NodeRecord } from "./node-record.ts"

export interface History {
  readonly lastOf: (record: NodeRecord) => LastRun | null
  /** The node has its present key in this state; `ms` when it has just run. Writes nothing when nothing is new. */
  readonly remember: (record: NodeRecord, state: LastRun["state"], ms?: number) => void
}

/** `lastRuns` gives the notes of the present graph. */
export const makeHistory = (lastRuns: () => LastRuns, records: ReadonlyMap<string, NodeRecord>): History => {
  const lastOf = (record: NodeRecord): LastRun | null => (record.last === undefined ? (record.last = lastRuns().get(record.path)) : record.last)
  return {
    lastOf,
    remember: (record, state, ms) => {
      const old = lastOf(record)
      const key = must(record.key, "key")
      if (old?.key === key && old.state === state && ms === undefined) return
      const wires = (): Wires => mapPorts(record.node.inputs, ({ node, port }) => ({ ref: `${node}.${port}`, key: must(records.get(node)?.key, "key of a source") }))
      const next = nextRun(old, key, wires, state)
      record.last = ms === undefined ? next : { ...next, ms }
      lastRuns().put(record.path, record.last)
    },
  }
}
