/** Tables in an lmdb file: crash-safe, shared by processes, read without a lock. */
import { open } from "lmdb"
import type { Json } from "../base/json.ts"
import type { Table, Tables } from "./tables.ts"

/** Greater than any code unit that stands in a key. */
const last = "\uffff"

/** Opens (or makes) the tables at the file `path`. Throws what lmdb throws. */
export const lmdbTables = (path: string): Tables => {
  const root = open({ path, encoding: "json", maxDbs: 8 })
  return {
    table: (name): Table => {
      const db = root.openDB<Json, string>({ name, encoding: "json" })
      return {
        get: (key) => db.get(key),
        put: async (key, value) => void (await db.put(key, value)),
        remove: async (key) => void (await db.remove(key)),
        keys: (prefix) => [...db.getKeys({ start: prefix, end: `${prefix}${last}` })],
        update: (key, change) =>
          db.transaction(() => {
            const next = change(db.get(key))
            if (next !== undefined) void db.put(key, next)
          }),
      }
    },
    close: () => root.close(),
  }
}
