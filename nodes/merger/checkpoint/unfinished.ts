/**
 * A merge on its way: a folder beside the one it will be, whole shards long, with a record of which jobs are on the disk. A process that is
 * killed at any instant leaves at most work that is done again; only a complete checkpoint ever has the final name. SPEC F7.
 */
import { closeFiles, hashBytes, openDirect, replaceDurably, type OpenFile, type ShardLayout } from "#src"
import { closeSync, existsSync, fdatasync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { Overflow } from "../method/overflow.ts"

export interface Unfinished {
  readonly folder: string
  readonly outputs: readonly OpenFile[]
  /** Jobs that an earlier process brought to the disk, 1 each. */
  readonly done: Uint8Array
  /** What those had no room for, by job, where they had none. */
  readonly overflows: ReadonlyMap<number, Overflow>
  /** Everything written before the call is on the disk after it, and `done` is recorded, with what those had no room for. */
  readonly save: (done: Uint8Array, overflows: () => readonly Overflow[]) => Promise<void>
  /** Gives the folder its final name; what had it before is gone only then. */
  readonly finish: (beside: { readonly [name: string]: Uint8Array | string }) => Promise<void>
  readonly close: () => void
}

const recordName = "unfinished.json"

/** The folder in which a merge to `out` is under way. */
export const unfinishedFolder = (out: string): string => join(dirname(out), `.${basename(out)}.unfinished`)

/** What had the name `out` before, until it is gone. */
const beforeOf = (out: string): string => join(dirname(out), `.${basename(out)}.before`)

/** What a process that was killed left of the one before: whole models, maybe. */
export const removeBefore = (out: string): void => rmSync(beforeOf(out), { recursive: true, force: true })

/** Takes a result away, which is whole under its name or has it not. */
export const removeResult = (out: string): void => {
  removeBefore(out)
  if (existsSync(out)) renameSync(out, beforeOf(out))
  removeBefore(out)
}

/** Of `Stats.blocks`, whatever the file system's own blocks are. */
const blockBytes = 512

/**
 * Bytes on the disk that a merge to `out` has at its disposal beside what is free: what an unfinished one holds is gone on with, or removed
 * first. 0 where nothing can be seen of one.
 */
export const unfinishedBytes = (out: string): number => {
  const folder = unfinishedFolder(out)
  try {
    // A shard is as long as it will be from the first; only what was written takes room.
    return readdirSync(folder).reduce((sum, name) => sum + blockBytes * (statSync(join(folder, name), { throwIfNoEntry: false })?.blocks ?? 0), 0)
  } catch {
    return 0
  }
}

/** Goes on with the merge `id` of `jobs` jobs, or begins it. Throws the system's error. */
export const openUnfinished = (out: string, id: string, jobs: number, { shards }: ShardLayout): Unfinished => {
  const folder = unfinishedFolder(out)
  const recorded = readRecord(join(folder, recordName), id, jobs)
  const isWhole = shards.every(({ name, bytes }) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === bytes)
  const known = isWhole ? recorded : undefined
  const done = known?.done
  if (done === undefined) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }
  const outputs = shards.map(({ name, header, bytes }): OpenFile => {
    const path = join(folder, name)
    const descriptor = openSync(path, done === undefined ? "w+" : "r+")
    if (done === undefined) {
      ftruncateSync(descriptor, bytes)
      writeSync(descriptor, header, 0, header.length, 0)
    }
    const direct = openDirect(path)
    return { path, descriptor, bytes, ...(direct === undefined ? {} : { direct }) }
  })
  const sync = async (): Promise<void> => {
    requireOwn(outputs)
    await Promise.all(outputs.map(({ descriptor }) => new Promise<void>((resolve, reject) => fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error))))))
  }
  return {
    folder,
    outputs,
    done: done ?? new Uint8Array(jobs),
    overflows: known?.overflows ?? new Map(),
    save: async (now, overflows) => {
      // In this order: a job is done when it is known what it had no room for.
      const taken = Buffer.from(now).toString("base64")
      const without = overflows().flatMap(({ values, largest }, job) => (values > 0 ? [[job, values, Number.isFinite(largest) ? largest : null] as const] : []))
      await sync()
      replaceDurably(join(folder, recordName), JSON.stringify({ id, done: taken, overflows: without, check: checkOf(taken, without) }))
    },
    finish: async (beside) => {
      await sync()
      for (const [name, content] of Object.entries(beside)) replaceDurably(join(folder, name), content)
      rmSync(join(folder, recordName), { force: true })
      syncFolder(folder)
      removeBefore(out)
      requireOwn(outputs)
      if (existsSync(out)) renameSync(out, beforeOf(out))
      renameSync(folder, out)
      syncFolder(dirname(out))
      removeBefore(out)
    },
    close: () => closeFiles(outputs),
  }
}

/** Throws where another process has begun a merge to the same place since, in a folder of its own by that name: it is its result that will be there. */
const requireOwn = (outputs: readonly OpenFile[]): void => {
  const isThere = ({ path, descriptor }: OpenFile): boolean => statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino
  if (!outputs.every(isThere)) throw new Error("another merge to the same place has begun meanwhile; run again when that is done")
}

const checkOf = (done: string, overflows: unknown): string => hashBytes(JSON.stringify([done, overflows]))

const readRecord = (path: string, id: string, jobs: number): Pick<Unfinished, "done" | "overflows"> | undefined => {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as { id: string; done: string; overflows: readonly (readonly [number, number, number | null])[]; check: string }
    const done = new Uint8Array(Buffer.from(record.done, "base64"))
    if (record.id !== id || done.length !== jobs || checkOf(record.done, record.overflows) !== record.check) return undefined
    return { done, overflows: new Map(record.overflows.map(([job, values, largest]) => [job, { values, largest: largest ?? Infinity }])) }
  } catch {
    return undefined
  }
}

/** Not every system lets folders be synced; those that do not need no sync. */
const syncFolder = (folder: string): void => {
  try {
    const descriptor = openSync(folder, "r")
    fsyncSync(descriptor)
    closeSync(descriptor)
  } catch {
    return
  }
}
