/**
 * Content-addressed bytes: what `blob-access.ts` reads and writes, seen by the thread that has the index open. Small
 * blobs lie in the table of bytes; a file is written beside and renamed into place, so a name never stands for half of
 * one. SPEC W1, W2.
 */
import { join } from "node:path"
import { isHash, type Hash } from "../base/hash.ts"
import { blobPath, openBlobAccess, smallBytes, type BlobAccess, type BlobInfo, type SmallBlobs } from "./blob-access.ts"
import type { Files } from "./files.ts"
import type { Table } from "./tables.ts"

export interface ListedBlob extends BlobInfo {
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number
}

export type { BlobInfo, BlobIssue } from "./blob-access.ts"

export interface Blobs extends BlobAccess {
  /** A cheap check before reuse: there is a blob of this size. */
  readonly has: (info: BlobInfo) => boolean
  readonly remove: (hash: Hash) => Promise<void>
  /** Every blob; of files, also when they were written. */
  readonly list: () => AsyncIterable<ListedBlob>
  /** For threads that have not opened the index. */
  readonly small: SmallBlobs
}

/** `onRemove` hears, before it, of each removal from the table; files are looked at by whoever needs them. */
export const openBlobs = (dir: string, files: Files, table: Table<Uint8Array>, onRemove: () => void, fsync = false): Blobs => {
  const small: SmallBlobs = {
    get: table.get,
    // What cannot be written is not there later, which is a miss; the action that follows meets the same disk and says so.
    put: table.post,
    remove: (hash) => {
      onRemove()
      void table.remove(hash).catch(() => undefined)
    },
  }
  return {
    ...openBlobAccess(dir, files, small, fsync),
    small,
    has: ({ hash, bytes }) => (bytes <= smallBytes && table.get(hash)?.length === bytes) || files.size(blobPath(dir, hash)) === bytes,
    list: async function* () {
      for (const hash of table.keys("")) {
        const bytes = table.get(hash)
        if (isHash(hash) && bytes !== undefined) yield { hash, bytes: bytes.length }
      }
      const folder = join(dir, "blobs")
      for (const name of await files.list(folder).catch(() => [])) {
        for (const hash of await files.list(join(folder, name)).catch(() => [])) {
          const [bytes, modifiedAt] = [files.size(join(folder, name, hash)), files.modifiedAt(join(folder, name, hash))]
          if (isHash(hash) && hash.startsWith(name) && bytes !== undefined) yield { hash, bytes, ...(modifiedAt === undefined ? {} : { modifiedAt }) }
        }
      }
    },
    remove: async (hash) => {
      if (table.get(hash) !== undefined) onRemove()
      await table.remove(hash).catch(() => undefined)
      await files.remove(blobPath(dir, hash)).catch(() => undefined)
    },
  }
}
