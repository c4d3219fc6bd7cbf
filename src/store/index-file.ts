/**
 * Whether a file can be the index. lmdb maps it into memory and believes what it says: one that is something else, or was
 * cut short while it was copied, ends the process instead of being an error. SPEC W6.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs"

/** lmdb begins a file with two pages that say where the rest is; the one of the later transaction holds. */
const magic = 0xbeefc0de
/** Places in such a page, behind its header. */
const at = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, transaction: 152 }
const metaBytes = 160
const noRoot = 2n ** 64n - 1n

/** What is wrong with it, in words; undefined where there is none yet. */
export const indexFault = (path: string): string | undefined => {
  let file: number
  try {
    file = openSync(path, "r")
  } catch {
    // Not there, or lmdb will say better why it cannot be read.
    return undefined
  }
  try {
    const first = metaAt(file, 0)
    const size = first?.readUInt32LE(at.pageSize) ?? 0
    const pages = [first, first === undefined ? undefined : metaAt(file, size)].filter((page) => page !== undefined)
    // Looked at last: the file only grows, and what a page names was there before it.
    const { size: bytes } = fstatSync(file)
    if (bytes === 0) return undefined
    const newest = pages.sort((a, b) => (a.readBigUInt64LE(at.transaction) < b.readBigUInt64LE(at.transaction) ? 1 : -1))[0]
    if (newest === undefined || pages.length < 2) return `index.mdb is none of lmdb's files; ${remedy}`
    const roots = [at.freeRoot, at.mainRoot].map((place) => newest.readBigUInt64LE(place)).filter((root) => root !== noRoot)
    return roots.every((root) => (root + 1n) * BigInt(size) <= BigInt(bytes)) ? undefined : `index.mdb is cut short, at ${bytes} bytes; ${remedy}`
  } finally {
    closeSync(file)
  }
}

const remedy = "once it is moved away, everything runs again"

const metaAt = (file: number, offset: number): Buffer | undefined => {
  const page = Buffer.alloc(metaBytes)
  return readSync(file, page, 0, metaBytes, offset) === metaBytes && page.readUInt32LE(at.magic) === magic ? page : undefined
}
