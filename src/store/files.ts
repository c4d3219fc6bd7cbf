/**
 * The little of a file system that the store needs, as a value, so that tests can make any call fail. Every method but
 * `size`, `modifiedAt` and `free` may reject with the system's error. Not here: lmdb, which does its own input and output
 * (`tables.ts`).
 */
import { statfsSync, statSync } from "node:fs"
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

/** Bytes one after another, made as they are asked for. A chunk stays as it is once it was given. */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface Files {
  /** Bytes of a file, or undefined where there is none. Synchronous: a stat costs microseconds, a promise more. */
  readonly size: (path: string) => number | undefined
  readonly read: (path: string) => Promise<Uint8Array>
  /** The file's bytes in order, in chunks of at most `chunkBytes`. */
  readonly readChunks: (path: string) => AsyncIterable<Uint8Array>
  /** Creates or replaces a file, chunk after chunk; the next is asked for while one is written. `fsync` waits until all is on the disk. */
  readonly write: (path: string, chunks: Chunks, fsync: boolean) => Promise<void>
  readonly rename: (from: string, to: string) => Promise<void>
  /** Removes a file; no error when there is none. */
  readonly remove: (path: string) => Promise<void>
  /** Makes a folder and those above it. */
  readonly makeFolder: (path: string) => Promise<void>
  /** Names in a folder. */
  readonly list: (path: string) => Promise<readonly string[]>
  /** Milliseconds since the epoch, or undefined where there is no file. */
  readonly modifiedAt: (path: string) => number | undefined
  /** Bytes that may still be written where `path` is, or undefined where the system does not say. */
  readonly free: (path: string) => number | undefined
}

/** Small enough that hashing one does not hold up a thread (about 1 ms), large enough that calls cost nothing beside. */
export const chunkBytes = 2 ** 20

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** Not mkdir's `recursive`: it tries for ever where a folder is there but answers ENOENT to new ones, as /proc does. */
const makeFolder = async (path: string): Promise<void> => {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "EEXIST" && isFolder(path)) return
    if (code !== "ENOENT" || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    // Now the parent is there; another process may have been quicker with the child.
    await mkdir(path).catch((again: unknown) => {
      if (!isFolder(path)) throw again
    })
  }
}

const write = async (path: string, chunks: Chunks, fsync: boolean): Promise<void> => {
  const file = await open(path, "w")
  let writing: Promise<void> = Promise.resolve()
  try {
    for await (const chunk of chunks) {
      await writing
      writing = file.writeFile(chunk)
      // Awaited above or below; until then it may fail without being unheard.
      writing.catch(() => undefined)
    }
    await writing
    if (fsync) await file.sync()
  } finally {
    await writing.catch(() => undefined)
    await file.close()
  }
}

/** See `Files.free`. A file system that says it has no blocks at all does not count them. */
export const freeBytes = (path: string): number | undefined => {
  try {
    const { bavail, blocks, bsize } = statfsSync(path)
    return blocks === 0 ? undefined : bavail * bsize
  } catch {
    return undefined
  }
}

const readChunks = async function* (path: string): AsyncIterable<Uint8Array> {
  const file = await open(path, "r")
  try {
    const { size } = await file.stat()
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(Math.max(1, Math.min(size, chunkBytes))))
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

export const nodeFiles: Files = {
  size: (path) => statSync(path, { throwIfNoEntry: false })?.size,
  read: (path) => readFile(path),
  readChunks,
  write,
  rename,
  remove: (path) => rm(path, { force: true }),
  makeFolder,
  list: (path) => readdir(path),
  modifiedAt: (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs,
  free: freeBytes,
}
