/**
 * The action cache: what running a key gave. An entry is written after its blobs, so it never points at what was not
 * written; the first entry of a key stays. SPEC W3.
 */
import * as E from "fp-ts/lib/Either.js"
import { isHash, type Hash } from "../base/hash.ts"
import type { StoredOutput } from "./segments.ts"
import type { Json } from "../base/json.ts"
import { storeErrorOf, type StoreError } from "./store-error.ts"
import type { Table } from "./tables.ts"

export interface Action {
  readonly outputs: { readonly [port: string]: StoredOutput }
  /** How long it took. */
  readonly ms: number
  /** When it ended, milliseconds since the epoch. */
  readonly at: number
}

type Put = E.Either<StoreError, void>

export interface Actions {
  readonly get: (key: Hash) => Action | undefined
  /** Keeps the first entry of a key. A promise where it is not written when this returns. */
  readonly put: (key: Hash, action: Action) => Put | Promise<Put>
  readonly all: () => Iterable<readonly [key: Hash, action: Action]>
  /** Forgets a key, so that it runs again. */
  readonly remove: (key: Hash) => Promise<void>
}

const isAction = (value: unknown): value is Action => typeof (value as Action | undefined)?.outputs === "object" && typeof (value as Action).ms === "number"

/** Outputs of streams may carry more than is kept. */
const inJson = (action: Action): Action => {
  const { outputs } = action
  if (!hasStream(outputs)) return action
  const kept: Record<string, StoredOutput> = {}
  for (const port in outputs) {
    const { hash, bytes, stream } = outputs[port] as StoredOutput
    kept[port] = stream === undefined ? { hash, bytes } : { hash, bytes, stream: { ...stream, segments: stream.segments.map((segment) => ({ hash: segment.hash, bytes: segment.bytes })) } }
  }
  return { ...action, outputs: kept }
}

const hasStream = (outputs: Action["outputs"]): boolean => {
  for (const port in outputs) if (outputs[port]?.stream !== undefined) return true
  return false
}

const written: Put = E.right(undefined)

/** `onRemove` hears of each removal, before it. */
export const openActions = (dir: string, table: Table, onRemove: () => void): Actions => ({
  get: (key) => {
    const value = table.get(key)
    return isAction(value) ? value : undefined
  },
  put: (key, action) => {
    const failed = (error: unknown): Put => E.left(storeErrorOf(dir, "actions", error))
    try {
      const writing = table.add(key, inJson(action) as unknown as Json, isAction)
      return writing === undefined ? written : writing.then(() => written, failed)
    } catch (error) {
      return failed(error)
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
