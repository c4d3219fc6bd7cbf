/**
 * Tables in an lmdb file: crash-safe, shared by processes, read without a lock. lmdb writes in the background, many
 * entries to a transaction, in the order asked for; what is on its way is read from here meanwhile.
 */
import { open, type Database, type RootDatabase } from "lmdb"
import { must } from "../base/assert.ts"
import type { Json } from "../base/json.ts"
import type { Table, Tables } from "./tables.ts"

/** Greater than any code unit that stands in a key. */
const last = "\uffff"

/** Opens (or makes) the tables at the file `path`. Throws what lmdb throws. */
export const lmdbTables = (path: string): Tables => {
  const root = open({ path, encoding: "json", maxDbs: 16 })
  return {
    table: (name) => lmdbTable(root.openDB<Json, string>({ name, encoding: "json" }), root),
    bytes: lmdbTable(root.openDB<Uint8Array, string>({ name: "blobs", encoding: "binary" }), root, (bytes) => Buffer.from(bytes)),
    close: () => root.close(),
  }
}

/** `owned` gives a value whose memory is the table's own: lmdb may read it later than it was put. */
const lmdbTable = <V>(db: Database<V, string>, root: RootDatabase, owned: (value: V) => V = (value) => value): Table<V> => {
  /** Values on their way; undefined for what is being removed. */
  const coming = new Map<string, { readonly value: V | undefined }>()
  const write = async (key: string, value: V | undefined, written: Promise<boolean>): Promise<void> => {
    const entry = { value }
    coming.set(key, entry)
    try {
      await written
    } finally {
      if (coming.get(key) === entry) coming.delete(key)
    }
  }
  const get = (key: string): V | undefined => {
    const entry = coming.size === 0 ? undefined : coming.get(key)
    return entry === undefined ? db.get(key) : entry.value
  }
  const put = (key: string, value: V): Promise<void> => {
    const kept = owned(value)
    return write(key, kept, db.put(key, kept))
  }
  return {
    get,
    put,
    post: (key, value) => void put(key, value).catch(() => undefined),
    add: (key, value, valid) => {
      const old = get(key)
      if (old !== undefined && !valid(old)) return put(key, value)
      const kept = owned(value)
      return write(key, old ?? kept, db.ifNoExists(key, () => void db.put(key, kept)))
    },
    remove: (key) => write(key, undefined, db.remove(key)),
    keys: (prefix) => [...db.getKeys({ start: prefix, end: `${prefix}${last}` })],
    entries: (prefix) => db.getRange({ start: prefix, end: `${prefix}${last}` }).map(({ key, value }) => [key, value] as const),
    update: (keys, change) => root.transaction(() => change(keys.map((key) => db.get(key))).forEach((value, i) => void db.put(must(keys[i], "key"), owned(value)))),
  }
}
