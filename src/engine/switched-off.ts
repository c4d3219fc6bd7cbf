/**
 * Which nodes are off: those disabled, and those that lost by it an input they cannot do without. Told by the graph alone,
 * after each commit, for a cost of the nodes that are or were off. SPEC P12.
 */
import { isSwitchedOff } from "../graph/live-edges.ts"
import type { NodeRecord, Records } from "./node-record.ts"

export interface SwitchedOff {
  /** Nodes changed or went away. */
  readonly renew: (changed: Iterable<NodeRecord>, removed: Iterable<NodeRecord>) => void
  readonly isAny: () => boolean
}

export const makeSwitchedOff = (records: Records): SwitchedOff => {
  const isOff = (path: string): boolean => records.get(path)?.off !== undefined
  /** Off by themselves, and all that are off. */
  const causes = new Set<NodeRecord>()
  let off: NodeRecord[] = []
  return {
    renew: (changed, removed) => {
      for (const record of removed) causes.delete(record)
      for (const record of changed) {
        if (record.node.controls !== undefined && isSwitchedOff(record.node, () => false)) causes.add(record)
        else if (causes.size > 0) causes.delete(record)
      }
      for (const record of off) record.off = undefined
      off = []
      for (const cause of causes) {
        const queue: NodeRecord[] = cause.off === undefined ? [cause] : []
        cause.off = cause.path
        for (let record = queue.pop(); record !== undefined; record = queue.pop()) {
          off.push(record)
          for (const dependant of record.dependants) {
            if (dependant.off !== undefined || !isSwitchedOff(dependant.node, isOff)) continue
            dependant.off = cause.path
            queue.push(dependant)
          }
        }
      }
    },
    isAny: () => off.length > 0,
  }
}
