/**
 * Decoded input values, least recently used first out, so that ten nodes that read one corpus decode it once. Only
 * values decoded from stored bytes go in, never those a node has just made: what a consumer sees must not depend on
 * who happened to run before it.
 */
import type { Hash } from "../base/hash.ts"

export interface DecodedCache {
  readonly get: (port: string, hash: Hash) => unknown
  readonly put: (port: string, hash: Hash, value: unknown, bytes: number) => void
}

/** A cache of values whose encoded sizes add up to at most `budget` bytes. */
export const makeDecodedCache = (budget: number): DecodedCache => {
  const held = new Map<string, { readonly value: unknown; readonly bytes: number }>()
  let total = 0
  const drop = (key: string): void => {
    total -= held.get(key)?.bytes ?? 0
    held.delete(key)
  }
  return {
    get: (port, hash) => {
      const key = `${port}:${hash}`
      const found = held.get(key)
      if (found === undefined) return undefined
      held.delete(key)
      held.set(key, found)
      return found.value
    },
    put: (port, hash, value, bytes) => {
      if (bytes > budget) return
      const key = `${port}:${hash}`
      drop(key)
      held.set(key, { value, bytes })
      total += bytes
      for (const oldest of held.keys()) {
        if (total <= budget) break
        drop(oldest)
      }
    },
  }
}
