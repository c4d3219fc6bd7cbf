/**
 * A bundle of several files, kept for later processes: a small file, the pointer, says what it was made of and leads to
 * them. They lie in a folder named by what they are, so a process that still loads older ones finds those.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { hashJson } from "../../src/base/hash.ts"
import { replaceFile } from "../replace-file.ts"
import { withHead } from "./bundled-file.ts"
import type { Made } from "./make-bundle.ts"
import { areOlder, sourceStamps, type Stamp } from "./stamp.ts"

const dayMs = 24 * 60 * 60 * 1000
/** What was made so long ago is made again when it is needed. */
const unusedMs = 30 * dayMs

export interface KeptBundle {
  /** The address to load. */
  readonly main: string
  /** There if the next process may use it too. */
  readonly id?: string
  readonly stamps: readonly Stamp[]
}

export interface KeepOptions {
  /** The file of it that is loaded. */
  readonly main: string
  /** Before it was made, in milliseconds since 1970. */
  readonly from: number
  /** Of its files, so many from the first on are what it is made of that is loaded without the rest. */
  readonly core?: number
  /** Older ones are removed after so many days: then no process that cannot do without them has them any more. */
  readonly days: number
}

/** Writes what was made, and has `pointer` lead to it. Rejects where it cannot be written. */
export const keepBundle = async (pointer: string, { outputs, files, builtins }: Made, { main, core, from, days }: KeepOptions): Promise<KeptBundle> => {
  const id = hashJson(outputs.map(({ name, text }) => [name, text]))
  const folder = pointer.replace(/\.mjs$/, "")
  const made = join(folder, id.slice(0, 16))
  mkdirSync(made, { recursive: true })
  for (const { name, text } of outputs) writeFileSync(join(made, name), text)
  prune(folder, from - days * dayMs)
  prune(dirname(pointer), from - unusedMs)
  const address = pathToFileURL(join(made, main)).href
  const stamps = sourceStamps(files)
  // What was written while it was read is bundled again next time.
  if (!areOlder(stamps, from)) return { main: address, stamps }
  await replaceFile(pointer, withHead({ id, stamps, builtins, ...(core === undefined ? {} : { core }) }, `export * from ${JSON.stringify(address)}\n`))
  return { main: address, id, stamps }
}

/** Removes what is older, but for the command itself, which a process may go on loading. */
const prune = (folder: string, beforeMs: number): void => {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (!name.startsWith("tool-") && (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? beforeMs) < beforeMs) rmSync(path, { recursive: true, force: true })
  }
}
