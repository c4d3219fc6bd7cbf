/**
 * A graph file as a bundle. It is made again when a source has changed; a file that cannot be bundled, or does not load,
 * is left to whoever can say what is wrong with it. SPEC O1.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { hashBytes } from "../../src/base/hash.ts"
import { replaceFile } from "../replace-file.ts"
import type { ReadWatch } from "../unchanged/read-watch.ts"
import { bundlesIn, headOf, withHead, type BundleHead } from "./bundled-file.ts"
import { packagesFolderOf } from "./package-root.ts"
import { tellSourceLines } from "./source-lines.ts"
import { areOlder, areUnchanged, sourceStamps } from "./stamp.ts"

/** The module at `path`, bundled; undefined when it has to be loaded in another way. `watch` is told what it is made of, and sees it being loaded. */
export const importBundled = async (path: string, watch: ReadWatch): Promise<unknown> => {
  const file = join(cacheOf(path), `graph-${hashBytes(path).slice(0, 16)}.mjs`)
  const head = headOf(file)
  const isCurrent = head !== undefined && areUnchanged(head.stamps)
  try {
    const { stamps, builtins, at } = isCurrent ? { ...head, at: file } : await bundle(path, file)
    tellSourceLines()
    // What is gone once it is loaded has its map read with it.
    if (at !== file) process.setSourceMapsEnabled(true)
    watch.rely(stamps, builtins)
    if (at !== file) watch.giveUp("a source that has only just been written")
    return await watch.during((): Promise<unknown> => import(pathToFileURL(at).href)).finally(() => at === file || remove(at))
  } catch {
    return undefined
  }
}

/** Where bundles of the file lie: where they find the packages that it finds. */
const cacheOf = (path: string): string => bundlesIn(packagesFolderOf(dirname(path)) ?? fileURLToPath(new URL("../../node_modules", import.meta.url)))

/** Gives back where it lies: at `file` if the next run may use it, else beside. */
const bundle = async (path: string, file: string): Promise<BundleHead & { readonly at: string }> => {
  const { makeBundle } = await import("./make-bundle.ts")
  const from = Date.now()
  const { outputs, files, builtins } = await makeBundle(path, { isSplit: false })
  const textOf = (ending: string): string => outputs.find(({ name }) => name.endsWith(ending))?.text ?? ""
  const stamps = sourceStamps(files)
  // What was written while it was read is bundled again next time.
  const at = areOlder(stamps, from) ? file : `${file.replace(/\.mjs$/, "")}-${process.pid}.mjs`
  mkdirSync(dirname(at), { recursive: true })
  // The head takes a line.
  writeFileSync(`${at}.map`, textOf(".js.map").replace('"mappings":"', '"mappings":";'))
  const head = { id: hashBytes(path), stamps, builtins }
  await replaceFile(at, `${withHead(head, textOf(".js"))}//# sourceMappingURL=${basename(at)}.map\n`)
  return { ...head, at }
}

const remove = (file: string): void => {
  for (const one of [file, `${file}.map`]) rmSync(one, { force: true })
}
