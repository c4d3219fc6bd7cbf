/**
 * Where keyed nodes run. The engine decides what runs and when; a transport runs one job and says how it ended. Two of
 * them are here (`inline-transport.ts`, `worker-transport.ts`); one that carries jobs to other machines fits the same
 * interface, because tensors travel as blobs and a job is plain data but for its kind. SPEC P8.
 */
import type * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../base/hash.ts"
import type { Json } from "../base/json.ts"
import type { CheckpointRecord, SavedCheckpoint } from "../store/checkpoint-log.ts"
import type { StoredOutput } from "../store/segments.ts"
import type { StoreError } from "../store/store-error.ts"
import type { Progress } from "./context.ts"
import type { Kind } from "./kind.ts"
import type { LiveInput, StreamLink } from "./stream/message.ts"
import type { StreamDemand } from "./stream/outlet.ts"

export type OutputBlobs = { readonly [port: string]: StoredOutput }

export interface Job {
  readonly key: Hash
  readonly kind: Kind
  readonly params: { readonly [name: string]: Json }
  /** By port, in the order of the edges; null for an edge that the result does not depend on. */
  readonly inputs: { readonly [port: string]: readonly (StoredOutput | LiveInput | null)[] }
  /** Who will want its stream outputs, by port; undefined of a kind that has no stream ports at all. */
  readonly demand: { readonly [port: string]: StreamDemand } | undefined
  /** Of the node's random stream. */
  readonly seed: string
}

/** What a job is given besides what it is, and who hears of it. */
export interface JobHooks {
  /** Cores given to the job; 0 runs it beside the engine. */
  readonly threads: number
  /** Of the job's lineage, by step, ascending. */
  readonly checkpoints: readonly CheckpointRecord[]
  /** Milliseconds after which a checkpoint is due. */
  readonly checkpointMs: number
  /** Made when first asked for: most jobs are never aborted. */
  readonly signal: AbortSignal
  /** Time between the signal and the hard stop. */
  readonly graceMs: number
  readonly onProgress: (progress: Progress) => void
  readonly onPartial: (outputs: OutputBlobs) => void
  /** To the other ends of its streams; there for every kind with stream ports. */
  readonly link?: StreamLink
  /** Records a checkpoint whose blob is written. Resolves when a kill can no longer undo it. */
  readonly onCheckpoint: (record: SavedCheckpoint) => Promise<E.Either<StoreError, void>>
}

export type JobResult =
  | { readonly _tag: "done"; readonly outputs: OutputBlobs; readonly ms: number; readonly resumedFrom?: number }
  | { readonly _tag: "failed"; readonly message: string; readonly ms: number; readonly transient: boolean; readonly param?: string; readonly stack?: string }
  /** An input's blob is missing or damaged: its producer must run again first. */
  | { readonly _tag: "damaged"; readonly hash: Hash; readonly reason: string }
  | { readonly _tag: "cancelled" }

export interface Transport {
  /** Cores that jobs may use together. */
  readonly capacity: number
  /** Runs a job; one of no cores that waits for nothing may be done when this returns. Never rejects. */
  readonly execute: (job: Job, hooks: JobHooks) => JobResult | Promise<JobResult>
  /** The code of some kind changed on disk: jobs from now on run the new code. */
  readonly reload: () => void
  /** Stops everything that runs. */
  readonly close: () => Promise<void>
}
