/**
 * Content-addressed bytes: what `blob-access.ts` reads and writes, seen by the thread that has the index open. Small
 * blobs lie in the table of bytes; a file is written beside and renamed into place, so a name never stands for half of
 * one. SPEC W1, W2.
 */
import type { Hash } from "../base/hash.ts"
import { blobPath, openBlobAccess, smallBytes, type BlobAccess, type BlobInfo, type SmallBlobs } from "./blob-access.ts"
import type { Files } from "./files.ts"
import type { Table } from "./tables.ts"

export type { BlobInfo, BlobIssue } from "./blob-access.ts"

export interface Blobs extends BlobAccess {
  /** A cheap check before reuse: there is a blob of this size. */
  readonly has: (info: BlobInfo) => boolean
  readonly remove: (hash: Hash) => Promise<void>
  /** For threads that have not opened the index. */
  readonly small: SmallBlobs
}

export const openBlobs = (dir: string, files: Files, table: Table<Uint8Array>, fsync = false): Blobs => {
  const small: SmallBlobs = {
    get: table.get,
    // What cannot be written is not there later, which is a miss; the action that follows meets the same disk and says so.
    put: (hash, bytes) => void table.put(hash, bytes).catch(() => undefined),
    remove: (hash) => void table.remove(hash).catch(() => undefined),
  }
  return {
    ...openBlobAccess(dir, files, small, fsync),
    small,
    has: ({ hash, bytes }) => (bytes <= smallBytes && table.get(hash)?.length === bytes) || files.size(blobPath(dir, hash)) === bytes,
    remove: async (hash) => {
      await table.remove(hash).catch(() => undefined)
      await files.remove(blobPath(dir, hash)).catch(() => undefined)
    },
  }
}
