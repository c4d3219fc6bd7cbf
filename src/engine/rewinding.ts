/**
 * Results that cannot be read: who made them makes them again, then whoever wanted to read them goes on. Bounded, because
 * a disk may lose everything that it is given. SPEC W2, W8.
 */
import type { Hash } from "../base/hash.ts"
import type { Ref } from "../graph/graph.ts"
import type { LiveEdges } from "../graph/live-edges.ts"
import type { StoredOutput } from "../store/segments.ts"
import type { Store } from "../store/store.ts"
import { isWhole } from "./keying.ts"
import type { NodeRecord, Records } from "./node-record.ts"

export interface Rewinding {
  /** Contents that the node would read and that are gone. */
  readonly goneFor: (record: NodeRecord, edges: LiveEdges) => ReadonlySet<Hash>
  /** Inputs that cannot be read: their producers run again, then these nodes. */
  readonly rewind: (demanders: readonly NodeRecord[], key: Hash, isGone: (output: StoredOutput) => boolean, reason: string) => void
  /** Lets nodes run again whose results cannot be read. */
  readonly remake: (producers: readonly NodeRecord[], reason: string) => void
  /** Counts from the start again. */
  readonly rest: () => void
}

export interface RewindingOptions {
  readonly store: Store
  readonly records: Records
  readonly outputOf: (ref: Ref) => StoredOutput
  readonly mark: (dirty: Iterable<NodeRecord>) => void
  readonly wake: (replan: boolean) => void
  /** It was tried often enough, or there is nobody who could make it. */
  readonly onGivenUp: (demanders: readonly NodeRecord[], key: Hash, message: string) => void
}

const nothing: ReadonlySet<Hash> = new Set()

/** Times that a node may find its inputs gone or damaged before it fails. */
export const mostRewinds = 2

export const makeRewinding = ({ store, records, outputOf, mark, wake, onGivenUp }: RewindingOptions): Rewinding => {
  const rewinds = new Map<Hash, number>()
  /** Inputs whose bytes come from the store as some earlier process left it; what ran in this process has its bytes. */
  const readBy = ({ needed }: NodeRecord, edges: LiveEdges): readonly StoredOutput[] =>
    needed.every(({ outcome }) => outcome?.state === "ran")
      ? []
      : Object.values(edges).flatMap((refs) => refs.flatMap((ref) => (ref === null || records.get(ref.node)?.outcome?.state === "ran" ? [] : [outputOf(ref)])))
  const remake = (producers: readonly NodeRecord[], reason: string): void => {
    // A node that is bypassed or expanded has what others made.
    const makers = new Set(producers)
    for (const maker of makers) if (maker.outcome?.state === "held" && maker.outcome.by !== "pin") for (const source of maker.needed) makers.add(source)
    for (const producer of makers) {
      if (producer.doneKey !== undefined) for (const key of new Set([producer.doneKey, producer.keyAhead ?? producer.doneKey])) void store.actions.remove(key)
      producer.doneKey = undefined
      producer.evicted = reason
    }
    mark(makers)
  }
  return {
    remake,
    goneFor: (record, edges) => {
      const read = readBy(record, edges)
      return read.length === 0 ? nothing : new Set(read.filter((output) => !isWhole(store, output)).map(({ hash }) => hash))
    },
    rewind: (demanders, key, isGone, reason) => {
      if (demanders.length === 0) return wake(false)
      const producers = demanders.flatMap(({ needed }) => needed.filter(({ outputs }) => Object.values(outputs ?? {}).some(isGone)))
      // Nodes of one key find one loss each for itself: it counts for the first of them, which finds a producer at rest.
      const isTold = producers.length > 0 && producers.every((producer) => producer.mark !== "clean")
      const times = (rewinds.get(key) ?? 0) + (isTold ? 0 : 1)
      rewinds.set(key, times)
      const isGivenUp = times > mostRewinds || producers.length === 0
      if (isGivenUp) onGivenUp(demanders, key, `an input cannot be read although its producer ran again: ${reason}`)
      else remake(producers, reason)
      wake(!isGivenUp)
    },
    rest: () => rewinds.clear(),
  }
}
