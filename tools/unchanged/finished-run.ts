/**
 * A run that ended well, kept beside its graph file's name: what it was asked, all that its outcome rests on, and what a
 * run would tell that finds all of it as it was. One for each graph file, the last. SPEC O2.
 */
import { availableParallelism, hostname } from "node:os"
import type { Json } from "../../src/base/json.ts"
import { equalJson } from "../../src/base/json.ts"
import type { Summary } from "../../src/engine/event.ts"
import type { BlobInfo } from "../../src/store/blobs.ts"
import type { RunRecord } from "../../src/store/run-log.ts"
import type { Store } from "../../src/store/store.ts"
import { areUnchanged, type Stamp } from "../bundle/stamp.ts"
import { environmentQuota } from "../command/keep-quota.ts"
import { deviceBasis } from "./device-basis.ts"
import type { Reads } from "./read-watch.ts"

export interface FinishedRun extends Pick<Reads, "stamps" | "environment"> {
  /** The command line, the command and the machine. */
  readonly asked: Json
  readonly record: RunRecord
  readonly removals: string
  /** What the choice of the device rests on; null when no node computes on one. */
  readonly device: Json
  /** Wanted outputs that lie in files. */
  readonly blobs: readonly BlobInfo[]
  readonly written: Written
  readonly told: Told
}

/** The files of the run, as it left them. */
export interface Written {
  readonly lines: Stamp
  readonly page: Stamp
  /** Whether the lines say of every node that it was reused. */
  readonly isSettled: boolean
}

/** What is told of a run besides the lines of its nodes. */
export interface Told {
  readonly headline: { readonly nodes: number; readonly device: { readonly name: string; readonly why: string } | null }
  readonly summary: Summary
  /** The tables of the metrics, without and with colours. */
  readonly tables: readonly [plain: string, painted: string]
  /** The page, from the folder of the run. */
  readonly page: string
}

/** What a run is asked, by whom and where. `tool`: the id of the command's code. */
export const askedHere = (args: readonly string[], tool: string): Json => ({
  args: [...args],
  folder: process.cwd(),
  tool,
  node: process.version,
  machine: `${hostname()} ${process.platform} ${process.arch}`,
  cores: availableParallelism(),
  quota: environmentQuota() ?? null,
})

export const recallRun = ({ notes }: Store, file: string): FinishedRun | undefined => notes.get("finished", file) as unknown as FinishedRun | undefined

export const rememberRun = ({ notes }: Store, file: string, run: FinishedRun): Promise<void> => notes.put("finished", file, run as unknown as Json)

/** Why a run asked the same now could come to something else; undefined when it cannot. `onLook` hears of each file looked at. */
export const whyNotStill = (run: FinishedRun, asked: Json, store: Store, onLook?: () => void): string | undefined => {
  if (!equalJson(run.asked, asked)) return "it is asked something else, elsewhere, or by another version"
  if (store.runLog.begunLast(run.record.graph) !== run.record.id) return "the graph has run since, in another way"
  if (store.removals.mark() !== run.removals) return "something was taken out of the store"
  for (const [name, value] of Object.entries(run.environment)) if ((process.env[name] ?? null) !== value) return `the variable ${name} is another one`
  if (run.device !== null && !equalJson(run.device, deviceBasis(store.notes))) return "the choice of the device may be another one"
  for (const stamp of [...run.stamps, run.written.lines, run.written.page]) if (!areUnchanged([stamp], onLook)) return `${stamp[0]} is another file than it was`
  for (const blob of run.blobs) if (!store.blobs.has(blob)) return "the bytes of a result are gone"
  return undefined
}
