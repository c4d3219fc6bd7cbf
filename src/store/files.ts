/**
 * The little of a file system that the store needs, as a value, so that tests can make any call fail. Every method but
 * `size` may reject with the system's error. Not here: lmdb, which does its own input and output (`tables.ts`).
 */
import { statSync } from "node:fs"
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

export interface Files {
  /** Bytes of a file, or undefined where there is none. Synchronous: a stat costs microseconds, a promise more. */
  readonly size: (path: string) => number | undefined
  readonly read: (path: string) => Promise<Uint8Array>
  /** Creates or replaces a file, chunk after chunk; `fsync` waits until it is on the disk. */
  readonly write: (path: string, chunks: readonly Uint8Array[], fsync: boolean) => Promise<void>
  readonly rename: (from: string, to: string) => Promise<void>
  /** Removes a file; no error when there is none. */
  readonly remove: (path: string) => Promise<void>
  /** Makes a folder and those above it. */
  readonly makeFolder: (path: string) => Promise<void>
  /** Names in a folder. */
  readonly list: (path: string) => Promise<readonly string[]>
  /** Milliseconds since the epoch, or undefined where there is no file. */
  readonly modifiedAt: (path: string) => number | undefined
}

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

export const nodeFiles: Files = {
  size: (path) => statSync(path, { throwIfNoEntry: false })?.size,
  read: (path) => readFile(path),
  write: async (path, chunks, fsync) => {
    const file = await open(path, "w")
    try {
      for (const chunk of chunks) await file.writeFile(chunk)
      if (fsync) await file.sync()
    } finally {
      await file.close()
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  makeFolder,
  list: (path) => readdir(path),
  modifiedAt: (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs,
}
