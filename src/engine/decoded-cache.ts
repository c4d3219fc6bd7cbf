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
  // By hash first: equal bytes are rarely of two types, and then the newer one stays.
  const held = new Map<Hash, { readonly port: string; readonly value: unknown; readonly bytes: number }>()
  let total = 0
  const drop = (hash: Hash): void => {
    const old = held.get(hash)
    if (old === undefined) return
    total -= old.bytes
    held.delete(hash)
  }
  return {
    get: (port, hash) => {
      const found = held.get(hash)
      if (found?.port !== port) return undefined
      // While half of it is free nothing is about to go, and the order does not matter yet.
      if (total > budget / 2) {
        held.delete(hash)
        held.set(hash, found)
      }
      return found.value
    },
    put: (port, hash, value, bytes) => {
      if (bytes > budget) return
      drop(hash)
      held.set(hash, { port, value, bytes })
      total += bytes
      if (total <= budget) return
      for (const oldest of held.keys()) {
        drop(oldest)
        if (total <= budget) return
      }
    },
  }
}
