/**
 * Ranges of open files, read into and written from memory that its owner keeps. The calls wait: a thread that waits for the disk
 * takes no processor from those that calculate, and one that reads from the system's cache needs nobody to wake it. What fails
 * is an error that names the file.
 */
import { close, closeSync, constants, openSync, readSync, writeSync } from "node:fs"
import type { WeightFile } from "./model-files.ts"
import { reasonOf } from "./read-file.ts"

export interface OpenFile {
  readonly path: string
  readonly descriptor: number
  readonly bytes: number
  /** Of an output: another descriptor, whose writes go to the disk without a copy in the system's cache. */
  readonly direct?: number
}

/** What direct writes begin and end at multiples of, in the file as in memory. */
export const pageBytes = 4096
/** Writes shorter than this are not worth a trip to the disk of their own. */
const leastDirect = 2 ** 18

/** Opens files to be read; closes those that are open when one cannot be. */
export const openFiles = (files: readonly WeightFile[]): readonly OpenFile[] => {
  const opened: OpenFile[] = []
  try {
    for (const { path, bytes } of files) opened.push({ path, bytes, descriptor: openSync(path, "r") })
  } catch (error) {
    for (const { descriptor } of opened) closeSync(descriptor)
    throw new Error(`${files[opened.length]?.path}: expected a readable file, got ${reasonOf(error)}`)
  }
  return opened
}

export const closeFiles = (files: readonly OpenFile[]): void => {
  for (const { descriptor, direct } of files) for (const one of [descriptor, direct]) if (one !== undefined) close(one, () => undefined)
}

/** A descriptor for direct writes to a file that exists; undefined where the system or the file system has none. */
export const openDirect = (path: string): number | undefined => {
  // Not on every system, whatever the types say.
  const flag = constants.O_DIRECT as number | undefined
  if (flag === undefined) return undefined
  try {
    return openSync(path, constants.O_WRONLY | flag)
  } catch {
    return undefined
  }
}

/** Fills `into` with the bytes from `start` of `files[file]` on, over the ends of files. */
export const readRange = (files: readonly OpenFile[], file: number, start: number, into: Uint8Array): void => {
  let [at, from, done] = [file, start, 0]
  while (done < into.length) {
    const { path, descriptor, bytes } = files[at] as OpenFile
    if (from >= bytes && at + 1 < files.length) {
      from -= bytes
      at++
      continue
    }
    const wanted = Math.min(into.length - done, Math.max(bytes - from, 0))
    const got = wanted === 0 ? 0 : named(path, "read", () => readSync(descriptor, into, done, wanted, from))
    if (got === 0) throw new Error(`${path}: expected ${bytes} bytes, as when its header was read, got fewer: it changed meanwhile`)
    done += got
    from += got
  }
}

/** Writes all of `bytes` at `start`: whole pages straight to the disk, where that can be done and they lie in memory as in the file. */
export const writeRange = (file: OpenFile, start: number, bytes: Uint8Array): void => {
  const first = Math.ceil(start / pageBytes) * pageBytes - start
  const last = Math.floor((start + bytes.length) / pageBytes) * pageBytes - start
  const isDirect = file.direct !== undefined && last - first >= leastDirect && (bytes.byteOffset + first) % pageBytes === 0
  if (!isDirect) return writeAll(file, file.descriptor, start, bytes)
  writeAll(file, file.descriptor, start, bytes.subarray(0, first))
  try {
    writeAll(file, file.direct, start + first, bytes.subarray(first, last))
  } catch {
    // Some file systems open for it and then refuse it; a full disk refuses the other way too.
    writeAll(file, file.descriptor, start + first, bytes.subarray(first, last))
  }
  writeAll(file, file.descriptor, start + last, bytes.subarray(last))
}

const writeAll = ({ path }: OpenFile, descriptor: number, start: number, bytes: Uint8Array): void => {
  for (let done = 0; done < bytes.length; ) done += named(path, "write", () => writeSync(descriptor, bytes, done, bytes.length - done, start + done))
}

const named = <A>(path: string, what: string, work: () => A): A => {
  try {
    return work()
  } catch (error) {
    throw new Error(`${path}: cannot ${what}: ${reasonOf(error)}`)
  }
}
