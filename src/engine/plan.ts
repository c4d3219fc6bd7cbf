/**
 * What has to be visited for the demands there are, and in which order: a node is ready when every source that it needs
 * and that is not clean has settled. Made anew after each edit. SPEC P1, P2, P6, P11, P18.
 */
import { isAmong, listOf, noFew, withOne } from "../base/few.ts"
import type { Demand, Urgency } from "./demand.ts"
import type { NodeRecord, Records } from "./node-record.ts"

const levels: Readonly<Record<Urgency, number>> = { interactive: 2, preview: 1, batch: 0 }
/** Milliseconds longer than any chain: nothing of a lower level goes first. */
const aboveAll = 1e15

export interface Plan {
  readonly demands: Set<Demand>
  /** Plans again for the demands and marks as they are now. */
  readonly renew: (records: Records) => void
  /** Whether the node is to be visited and has not settled yet. */
  readonly isPending: (record: NodeRecord) => boolean
  /** The next node to visit. */
  readonly next: () => NodeRecord | undefined
  /** The node needs these sources, as it turned out; true if it has to wait for some of them. */
  readonly require: (record: NodeRecord, sources: readonly NodeRecord[]) => boolean
  /** The node is to be visited again. */
  readonly again: (record: NodeRecord) => void
  /** A node has its outcome: those that waited for it only are ready now. */
  readonly settled: (record: NodeRecord) => void
  /** The more urgent of two nodes ranks higher; of two equally urgent ones, the one with which the longer chain of work begins. */
  readonly rank: (record: NodeRecord) => number
  /** Somebody looks at it and touches it, and waits. */
  readonly isInteractive: (record: NodeRecord) => boolean
  /** Demands with nothing left to wait for; they leave the plan. */
  readonly takeFinished: () => readonly Demand[]
}

export interface PlanOptions {
  readonly stale: Iterable<NodeRecord>
  readonly expectedMs: (record: NodeRecord) => number
  /** A node waits for work that no demand needs any more. */
  readonly onUnneeded: (record: NodeRecord) => void
  /** The sources that the node needs before it is visited, and whether it may need more then. */
  readonly before: (record: NodeRecord) => { readonly sources: readonly NodeRecord[]; readonly isOpen: boolean }
}

/** Nearly always a node needs all its sources. */
const isNeeded = (record: NodeRecord, { needed, sources }: NodeRecord): boolean => needed === sources || needed.includes(record)

const isOff = ({ off }: NodeRecord): boolean => off !== undefined

/** Nothing that is on could need it. */
export const isRoot = (record: NodeRecord): boolean => {
  if (record.off !== undefined) return true
  const { dependants } = record
  if (!(dependants instanceof Set)) return dependants.every(isOff)
  for (const dependant of dependants) if (!isOff(dependant)) return false
  return true
}

export const makePlan = ({ stale, expectedMs, onUnneeded, before }: PlanOptions): Plan => {
  const demands = new Set<Demand>()
  /** All that have been pending since the plan was made. */
  let planned: NodeRecord[] = []
  /** Pending nodes that may turn out to need more. */
  const open = new Set<NodeRecord>()
  let ready: NodeRecord[] = []
  let cursor = 0
  let ranks: Map<NodeRecord, number> | undefined

  /** Makes stale nodes and what they need pending. What is clean has all it needs, so the walk stops there. */
  const admit = (demand: Demand, wanted: Iterable<NodeRecord>, admitted: NodeRecord[]): void => {
    const queue = [...wanted]
    // Most are wanted by one alone: they share the list.
    const alone = [demand]
    for (let record = queue.pop(); record !== undefined; record = queue.pop()) {
      if (record.mark === "clean" || isAmong(record.wantedBy, demand)) continue
      record.wantedBy = record.wantedBy === noFew ? alone : withOne(record.wantedBy, demand)
      demand.left++
      if (!record.pending) {
        const { sources, isOpen } = before(record)
        record.pending = true
        planned.push(record)
        record.needed = sources
        record.decided = false
        if (isOpen) open.add(record)
        admitted.push(record)
      }
      for (const source of record.needed) queue.push(source)
    }
  }
  const queueUp = (record: NodeRecord): void => {
    record.waiting = 0
    for (const source of record.needed) if (source.pending) record.waiting++
    if (record.waiting === 0) ready.push(record)
  }
  /** Without targets, wanted is what nothing else depends on. */
  const rootsOf = ({ targets }: Demand, records: Records): readonly NodeRecord[] =>
    targets === undefined
      ? [...stale].filter(isRoot)
      : [...targets].map((path) => records.get(path)).filter((record) => record !== undefined)
  const sweep = (): void => {
    for (const record of stale) {
      if (record.awaited === undefined || record.pending) continue
      // It may still turn out to be needed.
      if (open.size > 0) record.decided = false
      else onUnneeded(record)
    }
  }
  const close = (record: NodeRecord): void => {
    if (open.delete(record) && open.size === 0) sweep()
  }
  const computeRanks = (): Map<NodeRecord, number> => {
    const found = new Map<NodeRecord, number>()
    for (const record of planned.filter(({ pending }) => pending).sort((a, b) => b.index - a.index)) {
      let longest = 0
      for (const dependant of listOf(record.dependants)) longest = Math.max(longest, found.get(dependant) ?? 0)
      found.set(record, longest + expectedMs(record))
    }
    return found
  }
  return {
    demands,
    renew: (records) => {
      for (const record of planned) {
        record.pending = false
        record.wantedBy = noFew
      }
      planned = []
      open.clear()
      ready = []
      cursor = 0
      ranks = undefined
      const admitted: NodeRecord[] = []
      for (const demand of demands) {
        demand.left = 0
        admit(demand, rootsOf(demand, records), admitted)
        demand.ended = demand.ended.filter(({ wantedBy }) => !isAmong(wantedBy, demand))
      }
      sweep()
      admitted.forEach(queueUp)
      ready.sort((a, b) => a.index - b.index)
    },
    isPending: ({ pending }) => pending,
    next: () => {
      for (let record = ready[cursor++]; record !== undefined; record = ready[cursor++]) if (record.pending) return record
      ready = []
      cursor = 0
      return undefined
    },
    require: (record, sources) => {
      const admitted: NodeRecord[] = []
      record.needed = sources
      for (const demand of demands) if (isAmong(record.wantedBy, demand)) admit(demand, sources, admitted)
      admitted.forEach(queueUp)
      record.waiting = 0
      for (const source of sources) if (source.pending) record.waiting++
      close(record)
      return record.waiting > 0
    },
    again: (record) => {
      if (record.pending) ready.push(record)
    },
    settled: (record) => {
      record.pending = false
      close(record)
      for (const demand of listOf(record.wantedBy)) {
        demand.left--
        demand.ended.push(record)
      }
      record.wantedBy = noFew
      for (const dependant of listOf(record.dependants)) {
        if (dependant.pending && isNeeded(record, dependant) && --dependant.waiting === 0) ready.push(dependant)
      }
    },
    rank: (record) => {
      let level = 0
      for (const { urgency } of record.wantedBy) level = Math.max(level, levels[urgency])
      return level * aboveAll + ((ranks ??= computeRanks()).get(record) ?? 0)
    },
    isInteractive: (record) => [...record.wantedBy].some(({ urgency }) => urgency === "interactive"),
    takeFinished: () => {
      const finished = [...demands].filter(({ left }) => left === 0)
      for (const demand of finished) demands.delete(demand)
      return finished
    },
  }
}
