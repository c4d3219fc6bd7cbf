/**
 * The command itself as a bundle: made when there is none of the sources as they are, and then loaded by `cambium.mjs`
 * without a compiler. SPEC O1.
 */
import { dirname, extname, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { makeBundle, together } from "./make-bundle.ts"
import { makeScriptBundle } from "./script-bundle.ts"
import { keepBundle, type KeptBundle } from "./split-bundle.ts"

/**
 * What is a script beside the command, and its name: what `cambium merge` loads, and the threads that it starts. One file is loaded in a fraction
 * of the time that the parts of the command take which hold the same; merges are short enough to notice.
 */
const alone: ReadonlyMap<string, string> = new Map([
  [fileURLToPath(new URL("../command/run-merge.ts", import.meta.url)), "run-merge.mjs"],
  [fileURLToPath(new URL("../../nodes/merger/checkpoint/seat-thread.ts", import.meta.url)), "seat-thread.cjs"],
])

/** This folder. */
const bundler = fileURLToPath(new URL(".", import.meta.url)).slice(0, -1)

/** Is in the door, though it is imported later: so little that a file of its own takes longer to find. */
const inDoor = fileURLToPath(new URL("../command/merge.ts", import.meta.url))

/** Bundles `entry` to the file `pointer`. Rejects where it cannot be bundled or written. */
export const makeToolBundle = async (entry: string, pointer: string): Promise<KeptBundle> => {
  const from = Date.now()
  /** What the door imports later, by name. */
  const rooms = new Map<string, string>()
  const roomOf = (path: string): string => {
    const name = relative(dirname(entry), path.slice(0, -extname(path).length)).split(sep).join("-")
    rooms.set(name, path)
    return `${name}.mjs`
  }
  const scripts = together(
    await Promise.all([
      makeScriptBundle("cambium.mjs", entry, (path) => alone.get(path) ?? (path === inDoor ? undefined : roomOf(path))),
      ...[...alone].map(([path, name]) => makeScriptBundle(name, path)),
    ]),
  )
  const rest = await makeBundle({ files: rooms, folder: dirname(entry) }, { isSplit: true })
  // What makes bundles decides what they are.
  const core = new Set([...scripts.files, ...rest.files.filter((file) => dirname(file) === bundler)])
  const made = { ...together([scripts, rest]), files: [...core, ...rest.files.filter((file) => !core.has(file))] }
  return keepBundle(pointer, made, { main: "cambium.mjs", core: core.size, from, days: 30 })
}
