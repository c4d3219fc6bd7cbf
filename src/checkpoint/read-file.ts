/** Small reads of files whose size is not to be trusted. Every failure is a fault that names the file. */
import * as E from "fp-ts/lib/Either.js"
import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { messageOf } from "../base/message.ts"
import type { WeightFile } from "./model-files.ts"
import { refuse, type Checked } from "./fault.ts"

/** JSON files beside weights are read whole; tokenizers of large vocabularies have tens of megabytes. */
const mostTextBytes = 512 * 2 ** 20

const reasons: Readonly<Record<string, string>> = { ENOENT: "no such file", EACCES: "no permission to read it", EISDIR: "a folder", ELOOP: "a link to itself" }

export const reasonOf = (error: unknown): string => reasons[(error as NodeJS.ErrnoException).code ?? ""] ?? messageOf(error)

/** Bytes [start, start + length) of an open file, or fewer where it ends. Throws the system's error. */
export const readAt = (descriptor: number, into: Uint8Array, start: number): number => {
  let done = 0
  while (done < into.length) {
    const read = readSync(descriptor, into, done, into.length - done, start + done)
    if (read === 0) break
    done += read
  }
  return done
}

/** Opens `path` for `use`, which is told what tells the file from others. */
export const withFile = <A>(path: string, use: (descriptor: number, file: WeightFile) => Checked<A>): Checked<A> => {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, "r")
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) return refuse(path, "a file", stat.isDirectory() ? "a folder" : "something else")
    return use(descriptor, { path, bytes: stat.size, mtimeMs: stat.mtimeMs, inode: stat.ino })
  } catch (error) {
    return refuse(path, "a readable file", reasonOf(error))
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** A whole UTF-8 file. */
export const readText = (path: string): Checked<string> =>
  withFile(path, (descriptor, { bytes }) => {
    if (bytes > mostTextBytes) return refuse(path, `a text of at most ${mostTextBytes} bytes`, `${bytes}`)
    const content = new Uint8Array(bytes)
    const read = readAt(descriptor, content, 0)
    try {
      return E.right(new TextDecoder("utf-8", { fatal: true }).decode(content.subarray(0, read)))
    } catch {
      return refuse(path, "UTF-8 text", "bytes that are not UTF-8")
    }
  })

/** A JSON object in a file. */
export const readObject = (path: string): Checked<{ readonly [key: string]: unknown }> => {
  const content = readText(path)
  if (E.isLeft(content)) return content
  try {
    const value = JSON.parse(content.right) as unknown
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? E.right(value as { readonly [key: string]: unknown })
      : refuse(path, "a JSON object", JSON.stringify(value).slice(0, 40))
  } catch (error) {
    return refuse(path, "JSON", messageOf(error))
  }
}
