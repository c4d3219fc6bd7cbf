/**
 * What is not to be evicted although no graph uses it now: the results of keys, held under a name (of a run, of a
 * control) until the name lets go. SPEC W9.
 */
import { isHash, type Hash } from "../base/hash.ts"
import type { Table } from "./tables.ts"

export interface Pins {
  /** Holds the results of `keys`, and no longer those that the name held before. */
  readonly hold: (name: string, keys: readonly Hash[]) => Promise<void>
  readonly letGo: (name: string) => Promise<void>
  readonly names: () => readonly string[]
  readonly heldBy: (name: string) => readonly Hash[]
}

/** `onRemove` hears, before it, when a name lets go of something. */
export const openPins = (table: Table, onRemove: () => void): Pins => {
  const heldBy: Pins["heldBy"] = (name) => {
    const value = table.get(name)
    return Array.isArray(value) ? value.filter(isHash) : []
  }
  return {
    heldBy,
    hold: async (name, keys) => {
      const held = new Set(keys)
      if (heldBy(name).some((key) => !held.has(key))) onRemove()
      await table.put(name, [...held])
    },
    letGo: (name) => {
      onRemove()
      return table.remove(name)
    },
    names: () => table.keys(""),
  }
}
