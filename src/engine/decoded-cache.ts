/**
 * Decoded input values, so that ten nodes that read one corpus decode it once; what was not read for the longest goes
 * first. Only values decoded from the bytes that are stored go in, never those a node has just made: what a consumer sees
 * must not depend on who happened to run before it.
 */
import type { Hash } from "../base/hash.ts"
import { TextMap } from "../base/text-map.ts"

export interface DecodedCache {
  readonly get: (port: string, hash: Hash) => unknown
  readonly put: (port: string, hash: Hash, value: unknown, bytes: number) => void
}

interface Held {
  readonly port: string
  readonly value: unknown
  readonly bytes: number
}

/** What the smallest value counts: those of a few bytes are soon read again, and should not fill the heap by their number. */
const leastBytes = 65_536

/** A cache of values whose encoded sizes add up to at most `budget` bytes. */
export const makeDecodedCache = (budget: number): DecodedCache => {
  // By hash: equal bytes are rarely of two types, and then the newer one stays. In two halves, so that nothing has to be put in order.
  let recent = new TextMap<Held>()
  let older = new TextMap<Held>()
  let recentBytes = 0
  let olderBytes = 0
  const hold = (hash: Hash, held: Held): void => {
    if (recentBytes + held.bytes > budget / 2 || recentBytes + olderBytes + held.bytes > budget) {
      const fits = recentBytes + held.bytes <= budget
      older = fits ? recent : new TextMap()
      olderBytes = fits ? recentBytes : 0
      recent = new TextMap(older.size)
      recentBytes = 0
    }
    const before = recent.size
    recent.set(hash, held)
    // Of a hash that was there the bytes are counted.
    if (recent.size > before) recentBytes += held.bytes
  }
  return {
    get: (port, hash) => {
      const held = recent.get(hash)
      if (held !== undefined) return held.port === port ? held.value : undefined
      const old = older.get(hash)
      if (old?.port !== port) return undefined
      older.delete(hash)
      olderBytes -= old.bytes
      hold(hash, old)
      return old.value
    },
    put: (port, hash, value, bytes) => {
      if (bytes <= budget) hold(hash, { port, value, bytes: Math.max(leastBytes, bytes) })
    },
  }
}
