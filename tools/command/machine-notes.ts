/** What is known of this machine beside any store: a file in the cache of this installation. Without the file, or where none can be written, nothing is known. */
import { mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundlesIn } from "../bundle/bundled-file.ts"
import { replaceFile } from "../replace-file.ts"

const fileOf = (machine: string): string => join(bundlesIn(fileURLToPath(new URL("../../node_modules", import.meta.url))), `devices-${machine.slice(0, 16)}.json`)

/** What was last written of `machine`, a hash of all that it rests on. */
export const knownHere = (machine: string): unknown => {
  try {
    return JSON.parse(readFileSync(fileOf(machine), "utf8")) as unknown
  } catch {
    return undefined
  }
}

/** Keeps `known`, plain data, for other stores. */
export const knowHere = async (machine: string, known: unknown): Promise<void> => {
  const file = fileOf(machine)
  try {
    mkdirSync(dirname(file), { recursive: true })
    await replaceFile(file, JSON.stringify(known))
  } catch {
    // A folder that belongs to somebody else: each store is measured in by itself.
  }
}
