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

export const openPins = (table: Table): Pins => ({
  hold: (name, keys) => table.put(name, [...new Set(keys)]),
  letGo: (name) => table.remove(name),
  names: () => table.keys(""),
  heldBy: (name) => {
    const value = table.get(name)
    return Array.isArray(value) ? value.filter(isHash) : []
  },
})
