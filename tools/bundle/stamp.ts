/**
 * What a file was when it was looked at, so that a later look tells whether it can be another one. The time of change of
 * the inode counts, not that of the content: copies and archives set the latter back. Of sources the content counts: they
 * are small, and a checkout or an editor writes them again as they were.
 */
import { readFileSync, statSync } from "node:fs"
import { hashBytes } from "../../src/base/hash.ts"

/** Path, time of change in milliseconds, bytes, inode, of a source the hash of its content; of what is not there, the path alone. */
export type Stamp = readonly [path: string, changedMs?: number, bytes?: number, inode?: number, content?: string]

/** File systems count time in steps of up to so many milliseconds. */
const stepMs = 20

export const stampOf = (path: string): Stamp => {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat === undefined ? [path] : [path, stat.ctimeMs, stat.size, stat.ino]
  } catch {
    // Below a file, or not to be looked at: nothing can be read there.
    return [path]
  }
}

/** Of sources that have been read. Only where they are `areOlder` than that, the contents are what was read. */
export const sourceStamps = (paths: Iterable<string>): readonly Stamp[] =>
  [...new Set(paths)].map((path): Stamp => {
    // Read first: what is written after that is younger than it was read.
    const content = contentOf(path)
    const stamp = stampOf(path)
    return content === undefined ? stamp : [path, stamp[1] ?? 0, stamp[2] ?? 0, stamp[3] ?? 0, content]
  })

const contentOf = (path: string): string | undefined => {
  try {
    return hashBytes(readFileSync(path))
  } catch {
    return undefined
  }
}

/** Whether all that was stamped is as it was. `onLook` hears of each look. */
export const areUnchanged = (stamps: readonly Stamp[], onLook?: () => void): boolean =>
  stamps.every((stamp) => {
    onLook?.()
    const [path, changedMs, bytes, inode, content] = stamp
    const now = stampOf(path)
    if (now[2] !== bytes) return false
    return (now[1] === changedMs && now[3] === inode) || (content !== undefined && contentOf(path) === content)
  })

/** Whether all of it was the same from `fromMs` (since the epoch) until it was stamped. Of what is not there, nothing tells. */
export const areOlder = (stamps: readonly Stamp[], fromMs: number): boolean => stamps.every(([, changedMs = 0]) => changedMs < fromMs - stepMs)
