/** How nodes end: what then is on their records, in their history, and told to everybody. SPEC R4, R5, P12-P14, E1, E2. */
import type { Hash } from "../base/hash.ts"
import type { ListedSet } from "../base/listed.ts"
import type { Failed } from "./attempt.ts"
import type { EngineEvent, Outcome } from "./event.ts"
import type { History } from "./history.ts"
import { takeResult, type NodeRecord } from "./node-record.ts"
import type { OutputBlobs } from "./transport.ts"

export interface Endings {
  /** The node ends without being computed. */
  readonly setAside: (record: NodeRecord, outcome: Outcome) => void
  /** The same, with what it shows meanwhile. */
  readonly show: (record: NodeRecord, outcome: Outcome) => void
  /** A result is there. */
  readonly reuse: (record: NodeRecord, outputs: OutputBlobs) => void
  /** It has just been made; `ms` for the node for which it was. */
  readonly take: (record: NodeRecord, outputs: OutputBlobs, outcome: Outcome, ms: number | undefined) => void
  /** It was made, under this key or provisional key, and is not shown before it is known whether the node still wants it. */
  readonly keepBack: (key: Hash, outcome: Outcome) => void
  readonly fail: (record: NodeRecord, key: Hash, failed: Failed) => void
  /** Forgets what was kept back. */
  readonly rest: () => void
}

export interface EndingsOptions {
  readonly stale: ListedSet<NodeRecord>
  readonly revision: () => number
  readonly remember: History["remember"]
  /** The node no longer wants what it waits for. */
  readonly drop: (record: NodeRecord) => void
  /** The node is clean. */
  readonly settled: (record: NodeRecord) => void
  readonly emit: (event: EngineEvent) => void
  readonly isHeard: () => boolean
  readonly onChange: (record: NodeRecord) => void
}

export const makeEndings = ({ stale, revision, remember, drop, settled, emit, isHeard, onChange }: EndingsOptions): Endings => {
  /** Outcomes of work that ended while an edit upstream left open whether it is still wanted. */
  const unshown = new Map<Hash, Outcome>()
  const finish = (record: NodeRecord, outcome: Outcome): void => {
    record.mark = "clean"
    stale.delete(record)
    record.outcome = outcome
    record.revision = revision()
    record.progress = undefined
    settled(record)
    if (isHeard()) emit({ type: "outcome", revision: record.revision, node: record.path, outcome })
    onChange(record)
  }
  const setAside: Endings["setAside"] = (record, outcome) => {
    drop(record)
    // Its key was not looked at: what of it has changed must still count once the way is free.
    if (record.mark === "dirty") record.parts = undefined
    finish(record, outcome)
  }
  const take: Endings["take"] = (record, outputs, outcome, ms) => {
    takeResult(record, outputs)
    remember(record, "done", ms)
    finish(record, outcome)
  }
  return {
    setAside,
    show: (record, outcome) => {
      if (outcome.state === "held") {
        // What it was computed from is another matter than what it shows.
        if (outcome.outputs !== record.outputs) record.doneKey = undefined
        record.outputs = outcome.outputs
        record.keyAhead = undefined
      }
      setAside(record, outcome)
    },
    reuse: (record, outputs) => {
      const { key, keyAhead } = record as { readonly key: Hash; readonly keyAhead: Hash }
      const late = unshown.get(key) ?? unshown.get(keyAhead)
      for (const name of [key, keyAhead]) unshown.delete(name)
      take(record, outputs, late === undefined ? { state: "reused", ms: 0, key, outputs } : ({ ...late, key } as Outcome), undefined)
    },
    take,
    keepBack: (key, outcome) => void unshown.set(key, outcome),
    fail: (record, key, { message, ms, param, stack }) => {
      remember(record, "failed")
      const about = { ...(param === undefined ? {} : { param }), ...(stack === undefined ? {} : { stack }) }
      finish(record, { state: "failed", why: record.why ?? { _tag: "PreviousFailed" }, ms, key, message, ...about })
    },
    rest: () => unshown.clear(),
  }
}
