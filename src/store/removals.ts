/**
 * A mark that changes whenever something is taken out of the store that a run may rest on without looking: an action, a
 * small blob, the hold of a pin. Written in the same turn as the removal, which is one transaction, so whoever finds the
 * mark as it was finds the rest as it was. SPEC O2.
 */
import { randomUUID } from "node:crypto"
import type { Table } from "./tables.ts"

export interface Removals {
  /** Another text after each removal; empty before the first. */
  readonly mark: () => string
  /** Something is being removed now. */
  readonly note: () => void
}

const entry = "removal"

export const openRemovals = (notes: Table): Removals => ({
  mark: () => {
    const value = notes.get(entry)
    return typeof value === "string" ? value : ""
  },
  // A store that this cannot be written to loses nothing either.
  note: () => void notes.put(entry, randomUUID()).catch(() => undefined),
})
