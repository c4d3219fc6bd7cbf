/**
 * Content-addressed files: `blobs/ab/abcd…` holds the bytes whose SHA-256 that is. Written beside and renamed into
 * place, so a name never stands for half a file; read with its hash checked, so a damaged file is never believed.
 * SPEC W1, W2.
 */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { makeHasher, type Hash } from "../base/hash.ts"
import type { Files } from "./files.ts"
import { storeErrorOf, type StoreError } from "./store-error.ts"

export interface BlobInfo {
  readonly hash: Hash
  readonly bytes: number
}

/** Why a blob could not be had. It counts as a miss: whoever made it makes it again. */
export type BlobIssue =
  | { readonly _tag: "BlobMissing"; readonly hash: Hash }
  | { readonly _tag: "BlobDamaged"; readonly hash: Hash; readonly reason: string }

export interface Blobs {
  /** Stores the chunks as one blob. Writes nothing when a blob of this hash and size is there already. */
  readonly put: (chunks: readonly Uint8Array[]) => Promise<E.Either<StoreError, BlobInfo>>
  /** The bytes, hashed again. A damaged file is removed on the way. */
  readonly get: (hash: Hash) => Promise<E.Either<BlobIssue, Uint8Array>>
  /** A cheap check before reuse: there is a file of this size. */
  readonly has: (info: BlobInfo) => boolean
  readonly remove: (hash: Hash) => Promise<void>
}

/** The blobs of the store at `dir`. Opens nothing: any number of threads and processes may share them. */
export const openBlobs = (dir: string, files: Files, fsync = false): Blobs => {
  const folderOf = (hash: Hash): string => join(dir, "blobs", hash.slice(0, 2))
  const pathOf = (hash: Hash): string => join(folderOf(hash), hash)
  const write = async (hash: Hash, chunks: readonly Uint8Array[]): Promise<void> => {
    const partial = join(dir, "tmp", randomUUID())
    try {
      await files.write(partial, chunks, fsync)
      // The folder is there but for the first few blobs.
      await files.rename(partial, pathOf(hash)).catch(async () => {
        await files.makeFolder(folderOf(hash))
        await files.rename(partial, pathOf(hash))
      })
    } catch (error) {
      await files.remove(partial).catch(() => undefined)
      throw error
    }
  }
  return {
    put: async (chunks) => {
      const hasher = makeHasher()
      let bytes = 0
      for (const chunk of chunks) {
        hasher.update(chunk)
        bytes += chunk.length
      }
      const hash = hasher.digest()
      try {
        if (files.size(pathOf(hash)) !== bytes) await write(hash, chunks)
        return E.right({ hash, bytes })
      } catch (error) {
        return E.left(storeErrorOf(dir, pathOf(hash), error))
      }
    },
    get: async (hash) => {
      let bytes: Uint8Array
      try {
        bytes = await files.read(pathOf(hash))
      } catch {
        return E.left({ _tag: "BlobMissing", hash })
      }
      const got = makeHasher().update(bytes).digest()
      if (got === hash) return E.right(bytes)
      await files.remove(pathOf(hash)).catch(() => undefined)
      return E.left({ _tag: "BlobDamaged", hash, reason: `${bytes.length} bytes with hash ${got.slice(0, 12)}` })
    },
    has: ({ hash, bytes }) => files.size(pathOf(hash)) === bytes,
    remove: (hash) => files.remove(pathOf(hash)).catch(() => undefined),
  }
}
