/**
 * What has to be visited for the demands there are, and in which order: a node is ready when every source that is not
 * clean has settled. Made anew after each edit. SPEC P1, P2, P6.
 */
import type { Outcome, Summary } from "./event.ts"
import type { NodeRecord } from "./node-record.ts"

/** Somebody who waits until some nodes (all, when undefined) are settled. */
export interface Demand {
  readonly targets: ReadonlySet<string> | undefined
  readonly from: number
  readonly left: Set<NodeRecord>
  readonly ended: Map<string, Outcome["state"]>
  readonly resolve: (summary: Summary) => void
  readonly reject: (error: unknown) => void
}

export interface Plan {
  readonly demands: Set<Demand>
  /** Plans again for the demands and marks as they are now. */
  readonly renew: (records: ReadonlyMap<string, NodeRecord>) => void
  /** Whether the node is to be visited and has not settled yet. */
  readonly isPending: (record: NodeRecord) => boolean
  /** The next node to visit. */
  readonly next: () => NodeRecord | undefined
  /** A node has its outcome: those that waited for it only are ready now. */
  readonly settled: (record: NodeRecord) => void
  /** Expected milliseconds of the longest chain that begins with the node. */
  readonly rank: (record: NodeRecord) => number
  /** Demands with nothing left to wait for; they leave the plan. */
  readonly takeFinished: () => readonly Demand[]
}

/** `expectedMs` estimates one node; `onUnneeded` is told of nodes that wait for work which no demand needs any more. */
export const makePlan = (stale: ReadonlySet<NodeRecord>, expectedMs: (record: NodeRecord) => number, onUnneeded: (record: NodeRecord) => void): Plan => {
  const demands = new Set<Demand>()
  const pending = new Set<NodeRecord>()
  let ready: NodeRecord[] = []
  let cursor = 0
  let ranks: Map<NodeRecord, number> | undefined

  // What is clean has clean sources, so the walk stops there.
  const collect = (demand: Demand, records: ReadonlyMap<string, NodeRecord>): void => {
    demand.left.clear()
    if (demand.targets === undefined) {
      for (const record of stale) demand.left.add(record)
    } else {
      const queue = [...demand.targets].map((path) => records.get(path))
      for (let record = queue.pop(); queue.length > 0 || record !== undefined; record = queue.pop()) {
        if (record === undefined || !stale.has(record) || demand.left.has(record)) continue
        demand.left.add(record)
        queue.push(...record.sources)
      }
    }
    for (const record of demand.left) pending.add(record)
  }
  const computeRanks = (): Map<NodeRecord, number> => {
    const found = new Map<NodeRecord, number>()
    for (const record of [...pending].sort((a, b) => b.index - a.index)) {
      let longest = 0
      for (const dependant of record.dependants) longest = Math.max(longest, found.get(dependant) ?? 0)
      found.set(record, longest + expectedMs(record))
    }
    return found
  }
  return {
    demands,
    renew: (records) => {
      pending.clear()
      for (const demand of demands) collect(demand, records)
      for (const record of stale) if (record.awaited !== undefined && !pending.has(record)) onUnneeded(record)
      ready = []
      cursor = 0
      ranks = undefined
      for (const record of pending) {
        record.decided = false
        record.waiting = 0
        for (const source of record.sources) if (pending.has(source)) record.waiting++
        if (record.waiting === 0) ready.push(record)
      }
      ready.sort((a, b) => a.index - b.index)
    },
    isPending: (record) => pending.has(record),
    next: () => {
      const record = ready[cursor++]
      if (record === undefined) {
        ready = []
        cursor = 0
      }
      return record
    },
    settled: (record) => {
      pending.delete(record)
      for (const demand of demands) if (demand.left.delete(record) && record.outcome !== undefined) demand.ended.set(record.path, record.outcome.state)
      for (const dependant of record.dependants) if (pending.has(dependant) && --dependant.waiting === 0) ready.push(dependant)
    },
    rank: (record) => (ranks ??= computeRanks()).get(record) ?? 0,
    takeFinished: () => {
      const finished = [...demands].filter(({ left }) => left.size === 0)
      for (const demand of finished) demands.delete(demand)
      return finished
    },
  }
}
