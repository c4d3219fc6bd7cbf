/**
 * A disk that fails when it is told to: files and tables of a store, over others that survive, with every change counted.
 * At the n-th change the process is killed (nothing it asked for later happens, and the change itself may be torn) or an
 * error comes. Tables write behind, in order, as lmdb does: what was asked for and not yet written is lost with the process.
 */
import { memoryFiles } from "../../src/store/memory-files.ts"
import { memoryTables, type Table, type Tables } from "../../src/store/tables.ts"
import type { Files } from "../../src/store/files.ts"

/** What survives a process. */
export interface Disk {
  readonly files: Files
  readonly tables: Tables
}

export const emptyDisk = (): Disk => ({ files: memoryFiles(), tables: memoryTables() })

export type Fault =
  /** `torn`: half of what is being written gets there; else nothing of it. */
  | { readonly type: "kill"; readonly at: number; readonly torn: boolean }
  /** The change fails with the system's error; `lasting`: and every later one. */
  | { readonly type: "error"; readonly at: number; readonly code: "ENOSPC" | "EROFS" | "EIO"; readonly lasting: boolean }

export interface FaultyDisk extends Disk {
  /** Resolves when the process is killed. */
  readonly killed: Promise<"killed">
  /** Every change so far, by the name of what it was. */
  readonly changes: readonly string[]
}

/** The disk as one process sees it. */
export const faultyDisk = (disk: Disk, fault?: Fault): FaultyDisk => {
  const changes: string[] = []
  let kill = (): void => undefined
  const killed = new Promise<"killed">((resolve) => (kill = () => resolve("killed")))
  let isDead = false
  const forever = new Promise<never>(() => undefined)

  /** One change: `whole` makes it, `half` tears it. */
  const change = async (name: string, whole: () => Promise<void>, half: () => Promise<void> = async () => undefined): Promise<void> => {
    if (isDead) return forever
    changes.push(name)
    const n = changes.length
    if (fault?.type === "kill" && n === fault.at) {
      isDead = true
      if (fault.torn) await half()
      kill()
      return forever
    }
    if (fault?.type === "error" && (n === fault.at || (fault.lasting && n > fault.at))) throw Object.assign(new Error(`${fault.code}: it happened, ${name}`), { code: fault.code })
    await whole()
    // Killed meanwhile: it is done, and nobody hears of it.
    if (isDead) return forever
  }

  const files: Files = {
    ...disk.files,
    write: async (path, chunks, fsync) => {
      const written: Uint8Array[] = []
      const put = (more: readonly Uint8Array[]): Promise<void> => disk.files.write(path, [...written, ...more], false)
      await change("open", () => put([]))
      for await (const chunk of chunks) {
        await change("write", () => put([chunk]), () => put([chunk.subarray(0, chunk.length >> 1)]))
        written.push(chunk)
      }
      if (fsync) await change("fsync", async () => undefined)
    },
    rename: (from, to) => change("rename", () => disk.files.rename(from, to)),
    remove: (path) => change("remove", () => disk.files.remove(path)),
    makeFolder: (path) => change("make folder", () => disk.files.makeFolder(path)),
  }

  let queue: Promise<unknown> = Promise.resolve()
  const inOrder = (write: () => Promise<void>): Promise<void> => {
    const written = queue.then(() => new Promise((resolve) => setImmediate(resolve))).then(write)
    queue = written.catch(() => undefined)
    return written
  }
  const writingBehind = <V>(name: string, table: Table<V>): Table<V> => {
    const coming = new Map<string, { readonly value: V | undefined }>()
    const write = async (what: string, key: string, value: V | undefined, make: () => Promise<void>): Promise<void> => {
      const entry = { value }
      coming.set(key, entry)
      try {
        await inOrder(() => change(`${what} ${name}`, make))
      } finally {
        if (coming.get(key) === entry) coming.delete(key)
      }
    }
    const get = (key: string): V | undefined => (coming.has(key) ? coming.get(key)?.value : table.get(key))
    return {
      ...table,
      get,
      put: (key, value) => write("put", key, value, () => table.put(key, value)),
      post: (key, value) => void write("put", key, value, () => table.put(key, value)).catch(() => undefined),
      add: (key, value, valid) => write("add", key, get(key) ?? value, async () => table.add(key, value, valid)),
      remove: (key) => write("remove", key, undefined, () => table.remove(key)),
      update: (keys, next) => inOrder(() => change(`update ${name}`, () => table.update(keys, next))),
    }
  }
  const tables: Tables = {
    bytes: writingBehind("bytes", disk.tables.bytes),
    table: (name) => made.get(name) ?? made.set(name, writingBehind(name, disk.tables.table(name))).get(name)!,
    close: async () => undefined,
  }
  const made = new Map<string, Table>()
  return { files, tables, killed, changes }
}
