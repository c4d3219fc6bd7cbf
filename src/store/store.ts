/** A store: everything that outlives a run, as one value made of small parts. */
import type { Clock } from "../base/clock.ts"
import { openActions, type Actions } from "./actions.ts"
import { openBlobs, type Blobs } from "./blobs.ts"
import { openCheckpointLog, type CheckpointLog } from "./checkpoint-log.ts"
import type { Files } from "./files.ts"
import { openLeases, type Leases } from "./leases.ts"
import { memoryFiles } from "./memory-files.ts"
import { openNotes, type Notes } from "./notes.ts"
import { openPins, type Pins } from "./pins.ts"
import { openRunLog, type RunLog } from "./run-log.ts"
import { openRemovals, type Removals } from "./removals.ts"
import { memoryTables, type Tables } from "./tables.ts"

export interface Store {
  readonly dir: string
  readonly blobs: Blobs
  readonly actions: Actions
  readonly checkpoints: CheckpointLog
  readonly notes: Notes
  readonly leases: Leases
  readonly pins: Pins
  readonly runLog: RunLog
  readonly removals: Removals
  readonly close: () => Promise<void>
}

/** A store over given files and tables. `fsync`: blobs also survive a loss of power, at about 0.4 ms each. */
export const makeStore = (parts: { readonly dir: string; readonly files: Files; readonly tables: Tables; readonly clock: Clock; readonly fsync?: boolean }): Store => {
  const { dir, files, tables, clock } = parts
  const removals = openRemovals(tables.table("notes"))
  const blobs = openBlobs(dir, files, tables.bytes, removals.note, parts.fsync ?? false)
  const leases = openLeases(tables.table("leases"), clock)
  return {
    dir,
    blobs,
    actions: openActions(dir, tables.table("actions"), removals.note),
    checkpoints: openCheckpointLog(dir, tables.table("checkpoints"), blobs),
    notes: openNotes(tables.table("notes"), tables.table("traces")),
    leases,
    pins: openPins(tables.table("pins"), removals.note),
    runLog: openRunLog(tables.table("runs")),
    removals,
    close: async () => {
      leases.close()
      await tables.close()
    },
  }
}

/** A store that ends with the process: for tests, and for graphs whose results nobody wants to keep. */
export const memoryStore = (clock: Clock): Store => makeStore({ dir: "memory:", files: memoryFiles(), tables: memoryTables(), clock })
