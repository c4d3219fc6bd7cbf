/**
 * The command itself as a bundle: made when there is none of the sources as they are, and then loaded by `cambium.mjs`
 * without a compiler. SPEC O1.
 */
import { fileURLToPath } from "node:url"
import { makeBundle, type Made } from "./make-bundle.ts"
import { keepBundle, type KeptBundle } from "./split-bundle.ts"

/**
 * What is bundled by itself beside the command, by name: `cambium merge`, and the threads that it starts. One small file is loaded in a fraction
 * of the time that the parts of the command take which hold the same; merges are short enough to notice.
 */
const alone: ReadonlyMap<string, string> = new Map([
  ["run-merge.js", fileURLToPath(new URL("../command/run-merge.ts", import.meta.url))],
  ["seat-thread.js", fileURLToPath(new URL("../../nodes/merger/checkpoint/seat-thread.ts", import.meta.url))],
])

/** Bundles `entry` to the file `pointer`. Rejects where it cannot be bundled or written. */
export const makeToolBundle = async (entry: string, pointer: string): Promise<KeptBundle> => {
  const from = Date.now()
  const all = await Promise.all([
    makeBundle(entry, { isSplit: true, beside: new Map([...alone].map(([name, path]) => [path, name])) }),
    ...[...alone.values()].map((path) => makeBundle(path, { isSplit: false, hasMaps: false, isTight: true })),
  ])
  return keepBundle(pointer, together(all), { main: "cambium.js", from, days: 30 })
}

const together = (all: readonly Made[]): Made => ({
  outputs: all.flatMap(({ outputs }) => outputs),
  files: [...new Set(all.flatMap(({ files }) => files))],
  builtins: [...new Set(all.flatMap(({ builtins }) => builtins))],
})
