/**
 * A bundle as a file: its first line says, as a comment, what it was made of. So a bundle and its stamps are replaced
 * together, and whoever has the file can tell whether it is still what the sources say.
 */
import { closeSync, openSync, readSync } from "node:fs"
import { join, sep } from "node:path"
import type { Stamp } from "./stamp.ts"

export interface BundleHead {
  /** Hash of what was bundled. */
  readonly id: string
  readonly stamps: readonly Stamp[]
  /** So many of them, from the first on, are of what is loaded without the rest. */
  readonly core?: number
  /** Modules of Node's that it uses. */
  readonly builtins: readonly string[]
}

/** In the folder of packages: where bundles lie. */
const cache = join(".cache", "cambium")

export const bundlesIn = (packages: string): string => join(packages, cache)

/** Whether a file is one of ours: such files say nothing that their sources do not say. */
export const isBundle = (file: string): boolean => file.includes(`${sep}${cache}${sep}`)

const mark = "// cambium bundle "
/** Bytes read at a time; a head of some hundred files fits. */
const blockBytes = 64 * 1024

export const withHead = (head: BundleHead, code: string): string => `${mark}${JSON.stringify(head)}\n${code}`

/** Undefined where there is no bundle, or another file. */
export const headOf = (file: string): BundleHead | undefined => {
  try {
    const handle = openSync(file, "r")
    try {
      let line = ""
      for (;;) {
        const block = Buffer.allocUnsafe(blockBytes)
        const bytes = readSync(handle, block)
        const end = block.subarray(0, bytes).indexOf(10)
        line += block.toString("latin1", 0, end < 0 ? bytes : end)
        if (end >= 0) break
        if (bytes === 0 || !line.startsWith(mark)) return undefined
      }
      if (!line.startsWith(mark)) return undefined
      return JSON.parse(Buffer.from(line.slice(mark.length), "latin1").toString("utf8")) as BundleHead
    } finally {
      closeSync(handle)
    }
  } catch {
    return undefined
  }
}
