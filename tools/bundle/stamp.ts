/**
 * What a file was when it was looked at, so that a later look tells whether it can be another one. The time of change of
 * the inode counts, not that of the content: copies and archives set the latter back.
 */
import { statSync } from "node:fs"

/** Path, time of change in milliseconds, bytes, inode; of what is not there, the path alone. */
export type Stamp = readonly [path: string, changedMs?: number, bytes?: number, inode?: number]

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

export const stampsOf = (paths: Iterable<string>): readonly Stamp[] => [...new Set(paths)].map(stampOf)

/** Whether all that was stamped is as it was. `onLook` hears of each look. */
export const areUnchanged = (stamps: readonly Stamp[], onLook?: () => void): boolean =>
  stamps.every((stamp) => {
    onLook?.()
    const now = stampOf(stamp[0])
    return now[1] === stamp[1] && now[2] === stamp[2] && now[3] === stamp[3]
  })

/** Whether all of it was the same from `fromMs` (since the epoch) until it was stamped. Of what is not there, nothing tells. */
export const areOlder = (stamps: readonly Stamp[], fromMs: number): boolean => stamps.every(([, changedMs = 0]) => changedMs < fromMs - stepMs)
