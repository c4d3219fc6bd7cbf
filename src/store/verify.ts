/** Reads every blob and hashes it again; what is damaged is removed, so that whoever needs it makes it again. SPEC W2, W10. */
import * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../base/hash.ts"
import type { BlobInfo } from "./blobs.ts"
import { blobsOf } from "./segments.ts"
import type { Store } from "./store.ts"

export interface Damage extends BlobInfo {
  readonly reason: string
  /** Actions that gave it. */
  readonly keys: readonly Hash[]
}

export interface Verified {
  readonly blobs: number
  readonly bytes: number
  readonly damaged: readonly Damage[]
  /** Outputs of actions whose bytes are not there: evicted, or never kept. */
  readonly absent: number
  /** False when `signal` came before everything was read. */
  readonly complete: boolean
}

export interface VerifyOptions {
  readonly signal?: AbortSignal
  /** Bytes read so far, of all. */
  readonly onProgress?: (done: number, total: number) => void
}

export const verifyStore = async (store: Store, { signal, onProgress }: VerifyOptions = {}): Promise<Verified> => {
  const isStopped = (): boolean => signal?.aborted === true
  const all: BlobInfo[] = []
  for await (const { hash, bytes } of store.blobs.list()) all.push({ hash, bytes })
  const total = all.reduce((sum, { bytes }) => sum + bytes, 0)
  const makers = new Map<Hash, Hash[]>()
  let absent = 0
  for (const [key, { outputs }] of store.actions.all()) {
    for (const output of Object.values(outputs)) {
      const parts = blobsOf(output)
      if (!parts.every(store.blobs.has)) absent++
      for (const { hash } of parts) makers.set(hash, [...(makers.get(hash) ?? []), key])
    }
  }
  const damaged: Damage[] = []
  let blobs = 0
  let bytes = 0
  for (const blob of all) {
    if (isStopped()) break
    const found = await store.blobs.check(blob.hash, (read) => onProgress?.(bytes + read, total), signal)
    // Evicted since it was listed, or not read to its end.
    if (E.isLeft(found) && found.left._tag === "BlobMissing") continue
    if (isStopped()) break
    if (E.isLeft(found) && found.left._tag === "BlobDamaged") damaged.push({ ...blob, reason: found.left.reason, keys: makers.get(blob.hash) ?? [] })
    blobs++
    bytes += blob.bytes
    onProgress?.(bytes, total)
  }
  return { blobs, bytes, damaged, absent, complete: !isStopped() }
}
