/**
 * The action cache: what running a key gave. An entry is written after its blobs, so it never points at what was not
 * written; the first entry of a key stays. SPEC W3.
 */
import * as E from "fp-ts/lib/Either.js"
import { isHash, type Hash } from "../base/hash.ts"
import type { StoredOutput } from "./segments.ts"
import { storeErrorOf, type StoreError } from "./store-error.ts"
import type { Table } from "./tables.ts"

export interface Action {
  readonly outputs: { readonly [port: string]: StoredOutput }
  /** How long it took. */
  readonly ms: number
  /** When it ended, milliseconds since the epoch. */
  readonly at: number
}

export interface Actions {
  readonly get: (key: Hash) => Action | undefined
  /** Keeps the first entry of a key. */
  readonly put: (key: Hash, action: Action) => Promise<E.Either<StoreError, void>>
  readonly all: () => Iterable<readonly [key: Hash, action: Action]>
  /** Forgets a key, so that it runs again. */
  readonly remove: (key: Hash) => Promise<void>
}

const isAction = (value: unknown): value is Action => typeof (value as Action | undefined)?.outputs === "object" && typeof (value as Action).ms === "number"

const inJson = ({ hash, bytes, stream }: StoredOutput) =>
  stream === undefined ? { hash, bytes } : { hash, bytes, stream: { ...stream, segments: stream.segments.map((segment) => ({ hash: segment.hash, bytes: segment.bytes })) } }

/** `onRemove` hears of each removal, before it. */
export const openActions = (dir: string, table: Table, onRemove: () => void): Actions => ({
  get: (key) => {
    const value = table.get(key)
    return isAction(value) ? value : undefined
  },
  put: async (key, { outputs, ms, at }) => {
    try {
      const members = Object.entries(outputs).map(([port, output]) => [port, inJson(output)] as const)
      const old = table.get(key)
      const entry = { outputs: Object.fromEntries(members), ms, at }
      await (old === undefined || isAction(old) ? table.add(key, entry) : table.put(key, entry))
      return E.right(undefined)
    } catch (error) {
      return E.left(storeErrorOf(dir, "actions", error))
    }
  },
  all: function* () {
    for (const key of table.keys("")) {
      const value = table.get(key)
      if (isHash(key) && isAction(value)) yield [key, value]
    }
  },
  remove: (key) => {
    onRemove()
    return table.remove(key).catch(() => undefined)
  },
})
