/**
 * Ranges of open files, read into and written from memory that its owner keeps. Reading waits: what comes from the system's cache needs
 * nobody to wake it. Writing can be left to another thread, as a disk takes longer than the next numbers. What fails is an error that
 * names the file.
 */
import { close, closeSync, constants, openSync, readSync, write, writeSync } from "node:fs"
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

/** Writes all of `bytes` at `start` through the system's cache: for a few at a time. */
export const writeRange = (file: OpenFile, start: number, bytes: Uint8Array): void => writeAll(file, file.descriptor, start, bytes)

/** The whole pages of a range, if they can go straight to the disk: where that can be done and they lie in memory as in the file. */
const directPart = ({ direct }: OpenFile, start: number, bytes: Uint8Array): { readonly direct: number; readonly first: number; readonly last: number } | undefined => {
  const first = Math.ceil(start / pageBytes) * pageBytes - start
  const last = Math.floor((start + bytes.length) / pageBytes) * pageBytes - start
  return direct !== undefined && last - first >= leastDirect && (bytes.byteOffset + first) % pageBytes === 0 ? { direct, first, last } : undefined
}

/** Writes by another thread while this one goes on, whole pages straight to the disk, where they can, the rest through the cache: until it resolves, `bytes` must stay as they are. */
export const writeRangeBehind = async (file: OpenFile, start: number, bytes: Uint8Array): Promise<void> => {
  const part = directPart(file, start, bytes)
  if (part === undefined) return writeAllBehind(file, file.descriptor, start, bytes)
  const { direct, first, last } = part
  writeAll(file, file.descriptor, start, bytes.subarray(0, first))
  writeAll(file, file.descriptor, start + last, bytes.subarray(last))
  const pages = bytes.subarray(first, last)
  // Some file systems open for it and then refuse it; a full disk refuses the other way too.
  await writeAllBehind(file, direct, start + first, pages).catch(() => writeAllBehind(file, file.descriptor, start + first, pages))
}

const writeAll = ({ path }: OpenFile, descriptor: number, start: number, bytes: Uint8Array): void => {
  for (let done = 0; done < bytes.length; ) done += named(path, "write", () => writeSync(descriptor, bytes, done, bytes.length - done, start + done))
}

const writeAllBehind = async ({ path }: OpenFile, descriptor: number, start: number, bytes: Uint8Array): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += await new Promise<number>((resolve, reject) =>
      write(descriptor, bytes, done, bytes.length - done, start + done, (error, written) => (error === null ? resolve(written) : reject(new Error(`${path}: cannot write: ${reasonOf(error)}`)))),
    )
  }
}

const named = <A>(path: string, what: string, work: () => A): A => {
  try {
    return work()
  } catch (error) {
    throw new Error(`${path}: cannot ${what}: ${reasonOf(error)}`)
  }
}
