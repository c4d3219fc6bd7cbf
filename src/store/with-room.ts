/**
 * Tables in a file that is written only while the disk has room for it. lmdb does not survive a commit that finds none:
 * its memory is damaged, and promises that nobody can reach end the process. So what would come near that is refused
 * here, as the system refuses to write a file. SPEC W6.
 */
import type { Clock } from "../base/clock.ts"
import type { Table, Tables } from "./tables.ts"

/** What other processes may write between two looks, and what lmdb writes besides the entries. */
const reserveBytes = 16 * 2 ** 20
/** Of it, what is kept from taking things out as well, and from telling how a run ended. */
const lastBytes = reserveBytes / 2
const lookEveryMs = 100
/** Of an entry: the pages that lead to it are written again. */
const entryBytes = 4 * 4096

/** `free`: bytes left where the file is, undefined where the system does not say. */
export const withRoom = (tables: Tables, free: () => number | undefined, clock: Clock): Tables => {
  let left = 0
  let lookedAt = -Infinity
  const hasRoom = (bytes: number, reserve: number): boolean => {
    const now = clock.now()
    if (left - reserve < bytes || now - lookedAt > lookEveryMs) {
      left = free() ?? Infinity
      lookedAt = now
    }
    if (left - reserve < bytes) return false
    left -= bytes
    return true
  }
  /** Throws as a full disk does. */
  const makeRoom = (bytes: number, reserve: number): void => {
    if (!hasRoom(bytes, reserve)) throw Object.assign(new Error(`ENOSPC: no space left on device but ${left} bytes, of which the index keeps ${reserve} free`), { code: "ENOSPC" })
  }
  const guarded = <V>(table: Table<V>, sizeOf: (value: V) => number, reserve = reserveBytes): Table<V> => ({
    ...table,
    put: async (key, value) => {
      makeRoom(entryBytes + sizeOf(value), reserve)
      await table.put(key, value)
    },
    post: (key, value) => {
      if (hasRoom(entryBytes + sizeOf(value), reserve)) table.post(key, value)
    },
    add: (key, value, valid) => {
      makeRoom(entryBytes + sizeOf(value), reserve)
      return table.add(key, value, valid)
    },
    remove: async (key) => {
      makeRoom(entryBytes, lastBytes)
      await table.remove(key)
    },
    update: async (keys, change) => {
      makeRoom(keys.length * entryBytes, reserve)
      await table.update(keys, change)
    },
  })
  return {
    table: (name) => guarded(tables.table(name), () => 0, name === "runs" ? lastBytes : reserveBytes),
    bytes: guarded(tables.bytes, (value) => value.length),
    close: tables.close,
  }
}
