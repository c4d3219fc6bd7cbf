/**
 * Reading and writing blobs, as jobs do: small ones through the index, the others as files `blobs/ab/abcd…`, hashed
 * chunk by chunk on the way, so that the whole is never in memory. Opens nothing: any number of threads and processes
 * may share the files. SPEC W1, W2.
 */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { hashBytes, makeHasher, type Hash } from "../base/hash.ts"
import { messageOf } from "../base/message.ts"
import { chunkBytes, type Chunks, type Files } from "./files.ts"
import { storeErrorOf, type StoreError } from "./store-error.ts"

export interface BlobInfo {
  readonly hash: Hash
  readonly bytes: number
}

/** Why a blob could not be had. It counts as a miss: whoever made it makes it again. */
export type BlobIssue =
  | { readonly _tag: "BlobMissing"; readonly hash: Hash }
  | { readonly _tag: "BlobDamaged"; readonly hash: Hash; readonly reason: string }

export interface BlobAccess {
  /** Stores the chunks as one blob. A small one may still be on its way when this resolves: it arrives before anything written later. */
  readonly put: (chunks: Chunks) => Promise<E.Either<StoreError, BlobInfo>>
  /** Stores small contents that are whole, without waiting; undefined, and nothing done, when they are not small. Throws what `put` gives as Left. */
  readonly putNow: (chunks: readonly Uint8Array[]) => BlobInfo | undefined
  /** The bytes of a small blob where they can be had without waiting, hashed again. */
  readonly getNow: (hash: Hash, bytes: number) => Uint8Array | undefined
  /** The bytes, hashed again. A damaged blob is removed on the way. `bytes`, where known, saves looking in two places. */
  readonly get: (hash: Hash, bytes?: number) => Promise<E.Either<BlobIssue, Uint8Array>>
  /** As `get`, without keeping the bytes: tells how many there are. `onRead` hears how many were read; `signal` ends it early, as if all were well. */
  readonly check: (hash: Hash, onRead?: (bytes: number) => void, signal?: AbortSignal) => Promise<E.Either<BlobIssue, number>>
}

/** Blobs up to this size lie in the index: a file each would cost more than what most nodes compute. */
export const smallBytes = 4096

/** The index as far as blobs lie in it; for a worker, a line to the thread that has it open. */
export interface SmallBlobs {
  readonly get: (hash: Hash) => Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Kept, as a copy, before anything that is written later. */
  readonly put: (hash: Hash, bytes: Uint8Array) => void
  readonly remove: (hash: Hash) => void
}

export const blobPath = (dir: string, hash: Hash): string => join(dir, "blobs", hash.slice(0, 2), hash)

export const openBlobAccess = (dir: string, files: Files, small: SmallBlobs, fsync = false): BlobAccess => {
  const write = async (chunks: Chunks): Promise<BlobInfo> => {
    const partial = join(dir, "tmp", randomUUID())
    const hasher = makeHasher()
    let bytes = 0
    const hashed = async function* (): AsyncIterable<Uint8Array> {
      for await (const chunk of pieces(chunks)) {
        hasher.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    }
    try {
      await files.write(partial, hashed(), fsync)
      const hash = hasher.digest()
      const path = blobPath(dir, hash)
      if (files.size(path) === bytes) await files.remove(partial)
      // The folder is there but for the first few blobs.
      else await files.rename(partial, path).catch(async () => {
        await files.makeFolder(join(path, ".."))
        await files.rename(partial, path)
      })
      return { hash, bytes }
    } catch (error) {
      await files.remove(partial).catch(() => undefined)
      throw error
    }
  }
  /** Reads a file past `take` while hashing it. */
  const readFile = async (hash: Hash, take: (chunk: Uint8Array, at: number) => void, signal?: AbortSignal): Promise<E.Either<BlobIssue, number>> => {
    const path = blobPath(dir, hash)
    const damaged = async (reason: string): Promise<E.Either<BlobIssue, never>> => {
      await files.remove(path).catch(() => undefined)
      return E.left({ _tag: "BlobDamaged", hash, reason })
    }
    const hasher = makeHasher()
    let at = 0
    try {
      for await (const chunk of files.readChunks(path)) {
        hasher.update(chunk)
        take(chunk, at)
        at += chunk.length
        if (signal?.aborted === true) return E.right(at)
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === "ENOENT") return E.left({ _tag: "BlobMissing", hash })
      // A disk that cannot read a file any more never will; other errors (too many open files, no permission) say nothing about it.
      return code === "EIO" ? damaged(messageOf(error)) : E.left({ _tag: "BlobDamaged", hash, reason: messageOf(error) })
    }
    const got = hasher.digest()
    return got === hash ? E.right(at) : damaged(`${at} bytes with hash ${got.slice(0, 12)}`)
  }
  const checkSmall = (hash: Hash, bytes: Uint8Array): E.Either<BlobIssue, Uint8Array> => {
    const got = hashBytes(bytes)
    if (got === hash) return E.right(bytes)
    small.remove(hash)
    return E.left({ _tag: "BlobDamaged", hash, reason: `${bytes.length} bytes with hash ${got.slice(0, 12)}` })
  }
  const putSmall = (chunks: readonly Uint8Array[]): BlobInfo => {
    const [only] = chunks
    const bytes = only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks)
    const hash = hashBytes(bytes)
    small.put(hash, bytes)
    return { hash, bytes: bytes.length }
  }
  return {
    putNow: (chunks) => (chunks.reduce((sum, { length }) => sum + length, 0) > smallBytes ? undefined : putSmall(chunks)),
    getNow: (hash, bytes) => {
      const found = bytes > smallBytes ? undefined : small.get(hash)
      return found instanceof Uint8Array && hashBytes(found) === hash ? found : undefined
    },
    put: async (chunks) => {
      try {
        const { head, rest } = await takeSmall(chunks)
        if (rest !== undefined) return E.right(await write(joined(head, rest)))
        return E.right(putSmall(head))
      } catch (error) {
        return E.left(storeErrorOf(dir, "blobs", error))
      }
    },
    get: async (hash, bytes) => {
      const found = bytes !== undefined && bytes > smallBytes ? undefined : await small.get(hash)
      if (found !== undefined) return checkSmall(hash, found)
      const size = files.size(blobPath(dir, hash))
      if (size === undefined) return E.left({ _tag: "BlobMissing", hash })
      const whole = new Uint8Array(size)
      // What goes beyond the size it had is not its content; the hash says so.
      const read = await readFile(hash, (chunk, at) => whole.set(chunk.subarray(0, Math.max(0, size - at)), Math.min(at, size)))
      return E.isLeft(read) ? read : E.right(whole)
    },
    check: async (hash, onRead = () => undefined, signal) => {
      const found = await small.get(hash)
      if (found === undefined) return readFile(hash, (chunk, at) => onRead(at + chunk.length), signal)
      return E.Functor.map(checkSmall(hash, found), ({ length }) => length)
    },
  }
}

/** All chunks when they are a small blob together; else the first ones, and an iterator that goes on from there. */
const takeSmall = async (chunks: Chunks): Promise<{ readonly head: readonly Uint8Array[]; readonly rest: ReturnType<typeof iteratorOf> | undefined }> => {
  const iterator = iteratorOf(chunks)
  const head: Uint8Array[] = []
  let bytes = 0
  while (bytes <= smallBytes) {
    const next = await iterator.next()
    if (next.done === true) return { head, rest: undefined }
    head.push(next.value)
    bytes += next.value.length
  }
  return { head, rest: iterator }
}

const iteratorOf = (chunks: Chunks): Iterator<Uint8Array> | AsyncIterator<Uint8Array> =>
  Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()

const joined = async function* (head: readonly Uint8Array[], rest: ReturnType<typeof iteratorOf>): AsyncIterable<Uint8Array> {
  yield* head
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

const pieces = async function* (chunks: Chunks): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) for (let at = 0; at < chunk.length; at += chunkBytes) yield chunk.subarray(at, at + chunkBytes)
}
