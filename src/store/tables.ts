/**
 * Key-value tables: the part of a store that is not files. Reading is synchronous (lmdb reads from mapped memory) and
 * sees what this process has written. Writes of one process are kept in the order in which they were asked for, so an
 * entry never outlives what was written before it; the promise of a write resolves once a crash of the process can no
 * longer undo it. What the tables mean is said in `blobs.ts`, `actions.ts`, `checkpoint-log.ts`, `leases.ts`,
 * `notes.ts`, `pins.ts` and `run-log.ts`.
 */
import { must } from "../base/assert.ts"
import type { Json } from "../base/json.ts"
import { ByteMap } from "../base/byte-map.ts"
import { TextMap } from "../base/text-map.ts"

export interface Table<V = Json> {
  readonly get: (key: string) => V | undefined
  readonly put: (key: string, value: V) => Promise<void>
  /** As `put`, for what may be lost: nobody hears whether it was written. */
  readonly post: (key: string, value: V) => void
  /** Keeps what is there already, if it is `valid`; which of the two it is, is sure once the promise resolves. Undefined when there is nothing to wait for. */
  readonly add: (key: string, value: V, valid: (value: unknown) => boolean) => Promise<void> | undefined
  readonly remove: (key: string) => Promise<void>
  /** Keys that start with `prefix`, in order of code units; of what is kept, not of what is still being written. */
  readonly keys: (prefix: string) => readonly string[]
  /** What is kept under keys that start with `prefix`, in the same order: far cheaper than one after another. */
  readonly entries: (prefix: string) => Iterable<readonly [key: string, value: V]>
  /** Reads and writes in one transaction, across processes. `change` gives the new values in the order of the keys, or none to leave the old ones. */
  readonly update: (keys: readonly string[], change: (old: readonly (V | undefined)[]) => readonly V[]) => Promise<void>
}

export type TableName = "actions" | "checkpoints" | "leases" | "notes" | "pins" | "runs" | "traces"

export interface Tables {
  readonly table: (name: TableName) => Table
  /** The table of small blobs. It keeps copies: the memory of what it is given may be used again at once. */
  readonly bytes: Table<Uint8Array>
  readonly close: () => Promise<void>
}

/** Tables in memory: for stores that need not outlive the process. */
export const memoryTables = (): Tables => {
  const tables = new Map<TableName, Table>()
  return {
    bytes: memoryTable(new ByteMap()),
    table: (name) => {
      const found = tables.get(name) ?? memoryTable(new TextMap<Json>())
      tables.set(name, found)
      return found
    },
    close: async () => undefined,
  }
}

/** What a table in memory lies in. */
interface Held<V> extends Iterable<[string, V]> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): boolean
  keys(): Iterable<string>
}

const memoryTable = <V>(held: Held<V>): Table<V> => ({
  get: (key) => held.get(key),
  put: async (key, value) => void held.set(key, value),
  post: (key, value) => void held.set(key, value),
  add: (key, value, valid) => {
    const old = held.get(key)
    if (old === undefined || !valid(old)) held.set(key, value)
    return undefined
  },
  remove: async (key) => void held.delete(key),
  keys: (prefix) => [...held.keys()].filter((key) => key.startsWith(prefix)).sort(),
  entries: (prefix) => [...held].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1)),
  update: async (keys, change) => change(keys.map((key) => held.get(key))).forEach((value, i) => held.set(must(keys[i], "key"), value)),
})
