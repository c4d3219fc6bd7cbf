/**
 * Blobs of middling size that were read a moment ago, kept at hand by a worker: who drags a knob reads the same stored
 * stream again and again, and reading and hashing it would take longer than the work. The bytes are those of the hash,
 * whatever has become of the file. Least recently used first out.
 */
import * as E from "fp-ts/lib/Either.js"
import type { Hash } from "../base/hash.ts"
import type { BlobAccess } from "../store/blob-access.ts"

export interface RecentOptions {
  /** Bytes of the blobs that are kept: smaller ones are read at once, larger ones would push out all others. */
  readonly from: number
  readonly upTo: number
  /** Of all together. */
  readonly budget: number
}

export const withRecentBlobs = (blobs: BlobAccess, { from, upTo, budget }: RecentOptions): BlobAccess => {
  const held = new Map<Hash, Uint8Array>()
  let total = 0
  const keep = (hash: Hash, bytes: Uint8Array): void => {
    held.set(hash, bytes)
    total += bytes.length
    for (const [oldest, { length }] of held) {
      if (total <= budget) break
      held.delete(oldest)
      total -= length
    }
  }
  return {
    ...blobs,
    get: async (hash, size) => {
      const found = held.get(hash)
      if (found !== undefined) {
        held.delete(hash)
        held.set(hash, found)
        return E.right(found)
      }
      const read = await blobs.get(hash, size)
      if (E.isRight(read) && read.right.length >= from && read.right.length <= upTo && !held.has(hash)) keep(hash, read.right)
      return read
    },
  }
}
