/** What the engine's thread and a worker say to each other: plain data, tensors only as hashes. */
import type * as E from "fp-ts/lib/Either.js"
import type { BlobInfo } from "../store/blobs.ts"
import type { StoreError } from "../store/store-error.ts"
import type { Progress } from "./context.ts"
import type { DeviceSpec } from "./device-opener.ts"
import type { Job, JobResult, OutputBlobs } from "./transport.ts"

/** Given to a worker when it starts. */
export interface WorkerSetup {
  readonly dir: string
  readonly device: DeviceSpec | undefined
}

/** A job with the kind named instead of held: the worker loads it from its module. */
export type JobMessage = Omit<Job, "kind"> & { readonly kind: { readonly id: string; readonly module: string } }

export type ToWorker =
  | { readonly type: "run"; readonly job: JobMessage }
  | { readonly type: "abort" }
  | { readonly type: "recorded"; readonly result: E.Either<StoreError, void> }

export type FromWorker =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "partial"; readonly outputs: OutputBlobs }
  | { readonly type: "checkpoint"; readonly record: BlobInfo & { readonly step: number } }
  | { readonly type: "result"; readonly result: JobResult }
