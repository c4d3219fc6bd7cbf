/**
 * Which checkpoints a lineage has (its key without the params that only extend it), by step. The tensors are blobs,
 * written first. Kept: the newest few of a run in progress, and every one that ended a run. SPEC W4.
 */
import * as E from "fp-ts/lib/Either.js"
import { isHash, type Hash } from "../base/hash.ts"
import type { Blobs } from "./blobs.ts"
import { storeErrorOf, type StoreError } from "./store-error.ts"
import type { Table } from "./tables.ts"

export interface CheckpointRecord {
  readonly step: number
  readonly hash: Hash
  readonly bytes: number
  /** The step of the checkpoint that the run went on from by which it was saved; absent when that run began afresh. */
  readonly from?: number
  /** A run ended here: a longer one goes on from it. */
  readonly end: boolean
  /** Milliseconds of work that led to it. */
  readonly ms?: number
  /** When it was saved, milliseconds since the epoch. */
  readonly at?: number
}

/** What the thread that saves it knows of a checkpoint. */
export interface SavedCheckpoint extends Pick<CheckpointRecord, "step" | "hash" | "bytes" | "from"> {
  /** Milliseconds since the job began. */
  readonly ms: number
}

export interface CheckpointLog {
  /** By step, ascending. */
  readonly list: (lineage: Hash) => readonly CheckpointRecord[]
  /** Of all lineages, each by step, ascending. */
  readonly all: () => Iterable<readonly [lineage: Hash, record: CheckpointRecord]>
  readonly remove: (lineage: Hash, step: number) => Promise<void>
  /** Records a checkpoint whose blob is there, and drops those below it that nobody needs any more, with their blobs. */
  readonly add: (lineage: Hash, record: CheckpointRecord) => Promise<E.Either<StoreError, void>>
}

/** Checkpoints of a run in progress that are kept: one to go on from, one in case that one is damaged. */
const keptInProgress = 2

const isRecord = (value: unknown): value is CheckpointRecord => typeof (value as CheckpointRecord | null | undefined)?.hash === "string"

export const openCheckpointLog = (dir: string, table: Table, blobs: Blobs): CheckpointLog => {
  // One entry a step, so that two runs of one lineage never overwrite each other's list. Padded: keys sort as texts.
  const keyOf = (lineage: Hash, step: number): string => `${lineage}/${String(step).padStart(16, "0")}`
  const list = (lineage: Hash): readonly CheckpointRecord[] => table.keys(`${lineage}/`).map((key): unknown => table.get(key)).filter(isRecord)
  return {
    list,
    all: function* () {
      for (const key of table.keys("")) {
        const [lineage] = key.split("/")
        const record: unknown = table.get(key)
        if (isHash(lineage) && isRecord(record)) yield [lineage, record]
      }
    },
    remove: (lineage, step) => table.remove(keyOf(lineage, step)).catch(() => undefined),
    add: async (lineage, record) => {
      try {
        await table.update([keyOf(lineage, record.step)], ([old]) => [{ ...record, end: record.end || (isRecord(old) && old.end) }])
        const all = list(lineage)
        const stale = all.filter(({ end, step }) => !end && step < record.step).slice(0, -(keptInProgress - 1))
        const held = new Set(all.filter((one) => !stale.includes(one)).map(({ hash }) => hash))
        for (const { step, hash } of stale) {
          await table.remove(keyOf(lineage, step))
          if (!held.has(hash)) await blobs.remove(hash)
        }
        return E.right(undefined)
      } catch (error) {
        return E.left(storeErrorOf(dir, "checkpoints", error))
      }
    },
  }
}
