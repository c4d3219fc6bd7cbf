/** Ranges of open files, read into and written from memory that its owner keeps. What fails is an error that names the file. */
import { close, closeSync, openSync, read, write } from "node:fs"
import type { WeightFile } from "./model-files.ts"
import { reasonOf } from "./read-file.ts"

export interface OpenFile {
  readonly path: string
  readonly descriptor: number
  readonly bytes: number
}

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
  for (const { descriptor } of files) close(descriptor, () => undefined)
}

/** Fills `into` with the bytes from `start` of `files[file]` on, over the ends of files. */
export const readRange = async (files: readonly OpenFile[], file: number, start: number, into: Uint8Array): Promise<void> => {
  let [at, from, done] = [file, start, 0]
  while (done < into.length) {
    const { path, descriptor, bytes } = files[at] as OpenFile
    if (from >= bytes && at + 1 < files.length) {
      from -= bytes
      at++
      continue
    }
    const wanted = Math.min(into.length - done, Math.max(bytes - from, 0))
    const got = wanted === 0 ? 0 : await readSome(path, descriptor, into.subarray(done, done + wanted), from)
    if (got === 0) throw new Error(`${path}: expected ${bytes} bytes, as when its header was read, got fewer: it changed meanwhile`)
    done += got
    from += got
  }
}

/** Writes all of `bytes` at `start`. */
export const writeRange = async ({ path, descriptor }: OpenFile, start: number, bytes: Uint8Array): Promise<void> => {
  let done = 0
  while (done < bytes.length) {
    const part = bytes.subarray(done)
    done += await new Promise<number>((resolve, reject) =>
      write(descriptor, part, 0, part.length, start + done, (error, written) => (error === null ? resolve(written) : reject(new Error(`${path}: cannot write: ${reasonOf(error)}`)))),
    )
  }
}

const readSome = (path: string, descriptor: number, into: Uint8Array, from: number): Promise<number> =>
  new Promise((resolve, reject) =>
    read(descriptor, into, 0, into.length, from, (error, got) => (error === null ? resolve(got) : reject(new Error(`${path}: cannot read: ${reasonOf(error)}`)))),
  )
