/**
 * Key-value tables: the part of a store that is not blobs. Reading is synchronous (lmdb reads from mapped memory);
 * writing resolves once a crash of the process can no longer undo it. What the tables mean is said in
 * `actions.ts`, `checkpoint-log.ts`, `leases.ts` and `notes.ts`.
 */
import type { Json } from "../base/json.ts"

export interface Table {
  readonly get: (key: string) => Json | undefined
  readonly put: (key: string, value: Json) => Promise<void>
  readonly remove: (key: string) => Promise<void>
  /** Keys that start with `prefix`, in order of code units. */
  readonly keys: (prefix: string) => readonly string[]
  /** Reads and writes in one transaction, across processes. `change` gives the new value, or undefined to leave the old one. */
  readonly update: (key: string, change: (old: Json | undefined) => Json | undefined) => Promise<void>
}

export type TableName = "actions" | "checkpoints" | "leases" | "notes"

export interface Tables {
  readonly table: (name: TableName) => Table
  readonly close: () => Promise<void>
}

/** Tables in memory: for stores that need not outlive the process. */
export const memoryTables = (): Tables => {
  const tables = new Map<TableName, Table>()
  const make = (): Table => {
    const held = new Map<string, Json>()
    return {
      get: (key) => held.get(key),
      put: async (key, value) => void held.set(key, value),
      remove: async (key) => void held.delete(key),
      keys: (prefix) => [...held.keys()].filter((key) => key.startsWith(prefix)).sort(),
      update: async (key, change) => {
        const next = change(held.get(key))
        if (next !== undefined) held.set(key, next)
      },
    }
  }
  return {
    table: (name) => {
      const found = tables.get(name) ?? make()
      tables.set(name, found)
      return found
    },
    close: async () => undefined,
  }
}
