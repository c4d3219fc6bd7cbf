/**
 * A bundle of several files, kept for later processes: a small file, the pointer, says what it was made of and leads to
 * them. They lie in a folder named by what they are, so a process that still loads older ones finds those.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { hashJson } from "../../src/base/hash.ts"
import { replaceFile } from "../replace-file.ts"
import { withHead } from "./bundled-file.ts"
import type { Made } from "./make-bundle.ts"
import { areOlder, sourceStamps } from "./stamp.ts"

/** Bundles that no process can be using any more. */
const abandonedMs = 30 * 24 * 60 * 60 * 1000

export interface KeptBundle {
  /** The address to load. */
  readonly main: string
  /** There if the next process may use it too. */
  readonly id?: string
}

/** Writes what was made after `from`, in milliseconds since 1970, and has `pointer` lead to its file `main`. Rejects where it cannot be written. */
export const keepBundle = async (pointer: string, { outputs, files, builtins }: Made, main: string, from: number): Promise<KeptBundle> => {
  const id = hashJson(outputs.map(({ name, text }) => [name, text]))
  const folder = pointer.replace(/\.mjs$/, "")
  const made = join(folder, id.slice(0, 16))
  mkdirSync(made, { recursive: true })
  for (const { name, text } of outputs) writeFileSync(join(made, name), text)
  prune(folder, from)
  const address = pathToFileURL(join(made, main)).href
  const stamps = sourceStamps(files)
  // What was written while it was read is bundled again next time.
  if (!areOlder(stamps, from)) return { main: address }
  await replaceFile(pointer, withHead({ id, stamps, builtins }, `export * from ${JSON.stringify(address)}\n`))
  return { main: address, id }
}

const prune = (folder: string, now: number): void => {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (now - statSync(path).mtimeMs > abandonedMs) rmSync(path, { recursive: true, force: true })
  }
}
