/**
 * Checkpoints as a running node sees them. The tensors become a blob here, in the thread that holds them; the record of
 * it is written by whoever owns the store's tables (`JobHooks.onCheckpoint`). SPEC W4.
 */
import * as E from "fp-ts/lib/Either.js"
import { canonical, type Json } from "../base/json.ts"
import type { Clock } from "../base/clock.ts"
import { decodeSafetensors, encodeSafetensors } from "../base/safetensors.ts"
import type { BlobAccess } from "../store/blob-access.ts"
import { describeStoreError } from "../store/store-error.ts"
import { NodeFailure, type Checkpoint, type Checkpoints } from "./context.ts"
import type { JobHooks } from "./transport.ts"

/** Saving takes one part in so many of a job's time at most. */
const mostOften = 20

export interface RunCheckpoints {
  readonly checkpoints: Checkpoints
  /** The step the run went on from. */
  readonly resumedFrom: () => number | undefined
}

/** `from`: when the job began, on `clock`. */
export const makeRunCheckpoints = (hooks: JobHooks, blobs: BlobAccess, clock: Clock, from: number): RunCheckpoints => {
  let savedAt = from
  let tookMs = 0
  let resumedFrom: number | undefined
  const read = async ({ step, hash, bytes: size }: JobHooks["checkpoints"][number]): Promise<Checkpoint | undefined> => {
    const bytes = await blobs.get(hash, size)
    if (E.isLeft(bytes)) return undefined
    const file = decodeSafetensors(bytes.right)
    if (E.isLeft(file)) return undefined
    const meta = E.tryCatch(() => JSON.parse(file.right.metadata["cambium"] ?? "null") as Json, String)
    return E.isRight(meta) ? { step, tensors: file.right.tensors, meta: meta.right } : undefined
  }
  return {
    resumedFrom: () => resumedFrom,
    checkpoints: {
      last: async (atOrBefore) => {
        for (const record of [...hooks.checkpoints].reverse()) {
          if (record.step > atOrBefore) continue
          const found = await read(record)
          if (found === undefined) continue
          resumedFrom = record.step
          return found
        }
        return undefined
      },
      due: () => clock.now() - savedAt >= Math.max(hooks.checkpointMs, mostOften * tookMs),
      save: async ({ step, tensors, meta }) => {
        const began = clock.now()
        const blob = await blobs.put(encodeSafetensors({ tensors, metadata: { cambium: canonical(meta) } }))
        const recorded = E.isRight(blob) ? await hooks.onCheckpoint({ ...blob.right, step, ms: clock.now() - from, ...(resumedFrom === undefined ? {} : { from: resumedFrom }) }) : blob
        if (E.isLeft(recorded)) throw new NodeFailure(describeStoreError(recorded.left))
        savedAt = clock.now()
        tookMs = savedAt - began
      },
    },
  }
}
