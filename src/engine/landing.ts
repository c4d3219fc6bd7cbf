/**
 * Work has ended: what becomes of the nodes that waited for it, and of the failures and second results that a key may
 * have. SPEC E1, K10, C2, S6, W3.
 */
import { must } from "../base/assert.ts"
import { countOf, listOf } from "../base/few.ts"
import type { Hash } from "../base/hash.ts"
import { failedAtOnce, type Ended, type Failed, type Work } from "./attempt.ts"
import type { Endings } from "./endings.ts"
import type { EngineEvent, Outcome } from "./event.ts"
import type { FlightHooks } from "./flight.ts"
import type { History } from "./history.ts"
import type { NodeRecord } from "./node-record.ts"
import type { Rewinding } from "./rewinding.ts"
import type { Writes } from "./writes.ts"

export interface LandingOptions {
  readonly endings: Pick<Endings, "take" | "keepBack" | "fail">
  /** How keys failed in this process. */
  readonly failures: Map<Hash, Failed>
  readonly history: Pick<History, "wasForced" | "rememberForced">
  readonly rewinding: Pick<Rewinding, "rewind">
  readonly writes: Pick<Writes, "await">
  /** Work that began ahead came to nothing. */
  readonly decline: (key: Hash) => void
  /** The node is to be visited again. */
  readonly again: (record: NodeRecord) => void
  /** The node's result is found under both its keys. */
  readonly keepResult: (record: NodeRecord, action: Done["action"]) => void
  readonly revision: () => number
  readonly emit: (event: EngineEvent) => void
  readonly wake: (replan: boolean) => void
}

type Done = Extract<Ended, { readonly _tag: "done" }>

export const makeLanding = (options: LandingOptions): FlightHooks["onEnd"] => {
  const { endings, failures, history, rewinding, writes, emit, wake } = options
  const give = (record: NodeRecord, isOwner: boolean, work: Work, { action, ran, resumedFrom }: Done): void => {
    const { outputs, ms } = action
    const key = record.decided ? must(record.key, "key") : work.key
    const why = record.why ?? { _tag: "New" }
    const outcome: Outcome = ran && isOwner
      ? { state: "ran", why: resumedFrom === undefined ? why : { _tag: "Resumed", step: resumedFrom, of: why }, ms, key, outputs }
      : { state: "reused", ms: 0, key, outputs }
    if (!record.decided) return isOwner ? endings.keepBack(work.key, outcome) : undefined
    if (key !== work.key) options.keepResult(record, action)
    endings.take(record, outputs, outcome, isOwner ? ms : undefined)
  }
  return (demanders, owner, work, ended) => {
    if (work.isLive === true && ended._tag !== "done" && !(ended._tag === "failed" && !ended.transient)) {
      // It is no worse than if it had not started ahead.
      options.decline(work.key)
      for (const record of demanders) if (record.decided) options.again(record)
      return wake(false)
    }
    if (ended._tag === "done" && ended.kept !== undefined) writes.await(work.key, demanders, ended.kept)
    // Those that are not decided are visited again anyway.
    if (ended._tag === "damaged") return rewinding.rewind([...demanders].filter(({ decided }) => decided), work.key, ({ hash }) => hash === ended.hash, ended.reason)
    // A key that has a result does not fail for other nodes.
    if (ended._tag === "failed" && countOf(demanders) > 0 && !work.isForced) failures.set(work.key, ended)
    if (ended._tag === "done" && ended.second !== undefined && owner !== undefined) {
      emit({ type: "nondeterminism", revision: options.revision(), node: owner.path, key: work.key, first: ended.action.outputs, second: ended.second })
    }
    for (const record of listOf(demanders)) {
      if ((ended._tag === "failed" || (ended._tag === "done" && ended.ran)) && !history.wasForced(record)) history.rememberForced(record)
      if (ended._tag === "done") give(record, record === owner, work, ended)
      else if (record.decided) endings.fail(record, must(record.key, "key"), ended._tag === "failed" ? ended : failedAtOnce("stopped from outside"))
    }
    wake(false)
  }
}
