/** A file that is whole, and on the disk, before it has its name. It imports nothing of ours: every command loads it (SPEC O1). */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs"

/**
 * Puts `content` in the place of `path`, by way of `made`; whoever does so at the same time needs another `made`. Throws the system's error, and then
 * `path` is as it was and nothing is left behind.
 */
export const replaceDurably = (path: string, content: string | Uint8Array, made = `${path}.new`): void => {
  try {
    const descriptor = openSync(made, "w")
    try {
      writeFileSync(descriptor, content)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(made, path)
  } catch (error) {
    rmSync(made, { force: true })
    throw error
  }
}
