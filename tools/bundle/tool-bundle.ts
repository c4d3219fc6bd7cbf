/**
 * The command itself as a bundle: made when there is none of the sources as they are, and then loaded by `cambium.mjs`
 * without a compiler. SPEC O1.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { hashJson } from "../../src/base/hash.ts"
import { replaceFile } from "../replace-file.ts"
import { withHead } from "./bundled-file.ts"
import { makeBundle } from "./make-bundle.ts"
import { areOlder, sourceStamps } from "./stamp.ts"

/** A file that threads begin with (`nodes/merger/checkpoint/seat-thread.ts`): bundled by itself beside the command. */
const seatThread = fileURLToPath(new URL("../../nodes/merger/checkpoint/seat-thread.ts", import.meta.url))

/** Bundles that no process can be using any more. */
const abandonedMs = 30 * 24 * 60 * 60 * 1000

/** Bundles `entry` to the file `pointer`, and gives back the address to load, with an id if the next run may use it too. Rejects where it cannot be bundled or written. */
export const makeToolBundle = async (entry: string, pointer: string): Promise<{ readonly main: string; readonly id?: string }> => {
  const from = Date.now()
  const { outputs: parts, files, builtins } = await makeBundle(entry, { isSplit: true })
  // A thread loads one small file in a tenth of the time that the parts it needs of the command take.
  const thread = (await makeBundle(seatThread, { isSplit: false })).outputs.filter(({ name }) => name.endsWith(".js"))
  const outputs = [...parts, ...thread]
  const id = hashJson(outputs.map(({ name, text }) => [name, text]))
  const folder = pointer.replace(/\.mjs$/, "")
  const made = join(folder, id.slice(0, 16))
  mkdirSync(made, { recursive: true })
  for (const { name, text } of outputs) writeFileSync(join(made, name), text)
  prune(folder, from)
  const main = pathToFileURL(join(made, "cambium.js")).href
  const stamps = sourceStamps(files)
  // What was written while it was read is bundled again next time.
  if (!areOlder(stamps, from)) return { main }
  await replaceFile(pointer, withHead({ id, stamps, builtins }, `export * from ${JSON.stringify(main)}\n`))
  return { main, id }
}

const prune = (folder: string, now: number): void => {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (now - statSync(path).mtimeMs > abandonedMs) rmSync(path, { recursive: true, force: true })
  }
}
