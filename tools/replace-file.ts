/** Files that are whole or not there: written beside, then renamed into place. */
import { rename, rm, writeFile } from "node:fs/promises"

/** Puts `content` in the place of `file`. Rejects with the system's error, and then `file` is as it was. */
export const replaceFile = async (file: string, content: string | Uint8Array): Promise<void> => {
  const made = `${file}.${process.pid}.new`
  try {
    await writeFile(made, content)
    await rename(made, file)
  } finally {
    await rm(made, { force: true })
  }
}
