/** What the engine's thread and a worker say to each other: plain data, tensors only as hashes, small blobs as bytes. */
import type * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../base/hash.ts"
import type { SavedCheckpoint } from "../store/checkpoint-log.ts"
import type { StoreError } from "../store/store-error.ts"
import type { Progress } from "./context.ts"
import type { DeviceSpec } from "./device-opener.ts"
import type { FromJob, ToJob } from "./stream/message.ts"
import type { Wired } from "./stream/wire.ts"
import type { Job, JobHooks, JobResult, OutputBlobs } from "./transport.ts"

/** Given to a worker when it starts. */
export interface WorkerSetup {
  readonly dir: string
  readonly device: DeviceSpec | undefined
}

/** A job, with what it is given, and the kind named instead of held: the worker loads it from its module. */
export type JobMessage = Omit<Job, "kind"> & Pick<JobHooks, "threads" | "checkpoints" | "checkpointMs"> & { readonly kind: { readonly id: string; readonly module: string } }

export type ToWorker =
  | { readonly type: "stream"; readonly message: Wired<ToJob> }
  | { readonly type: "run"; readonly job: JobMessage }
  /** Jobs of kinds from these modules may come. */
  | { readonly type: "warm"; readonly modules: readonly string[]; readonly withDevice: boolean }
  | { readonly type: "abort" }
  | { readonly type: "recorded"; readonly result: E.Either<StoreError, void> }
  /** Answers the oldest question that has no answer yet. */
  | { readonly type: "small"; readonly bytes: Uint8Array | undefined }

export type FromWorker =
  | { readonly type: "stream"; readonly message: Wired<FromJob> }
  /** The job can take messages of its streams. */
  | { readonly type: "listening" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "partial"; readonly outputs: OutputBlobs }
  | { readonly type: "checkpoint"; readonly record: SavedCheckpoint }
  /** Small blobs go through the thread that has the index open; a put comes before the result that names it. */
  | { readonly type: "put small"; readonly hash: Hash; readonly bytes: Uint8Array }
  | { readonly type: "get small"; readonly hash: Hash }
  | { readonly type: "remove small"; readonly hash: Hash }
  | { readonly type: "result"; readonly result: JobResult }
