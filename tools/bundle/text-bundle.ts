/** Modules that a text names, as a bundle: kept where the packages they use are found, made again when a source is another one. SPEC O1. */
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { hashBytes } from "../../src/base/hash.ts"
import { bundlesIn, type BundleHead } from "./bundled-file.ts"
import { currentBundle } from "./current-bundle.ts"
import { packagesFolderOf } from "./package-root.ts"

export interface TextBundle extends Omit<BundleHead, "id"> {
  /** The address to load. */
  readonly main: string
  /** Whether the next process finds it: not if a source was written while it was read. */
  readonly isKept: boolean
}

/** Of `text`, a module that lies beside the file `near`. Rejects where none can be made. `name`: for people who look into the cache. */
export const textBundle = async (name: string, text: string, near: string): Promise<TextBundle> => {
  const packages = packagesFolderOf(dirname(near)) ?? fileURLToPath(new URL("../../node_modules", import.meta.url))
  const pointer = join(bundlesIn(packages), `${name}-${hashBytes(text).slice(0, 16)}.mjs`)
  const current = currentBundle(pointer)
  if (current !== undefined) return { ...current, main: pathToFileURL(pointer).href, isKept: true }
  const from = Date.now()
  const [{ makeBundle }, { keepBundle }] = await Promise.all([import("./make-bundle.ts"), import("./split-bundle.ts")])
  const made = await makeBundle({ text, folder: dirname(near) }, { isSplit: true, hasMaps: true })
  const { main, id, stamps } = await keepBundle(pointer, made, { main: "stdin.mjs", from, days: 1 })
  return { main, stamps, builtins: made.builtins, isKept: id !== undefined }
}
