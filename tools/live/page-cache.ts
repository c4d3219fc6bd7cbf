/** The page, built at the first use of its sources and kept beside the packages: there is no step for the user. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readPageFiles, type PageFiles } from "../../src/live/serve/page-files.ts"
import { bundlesIn } from "../bundle/bundled-file.ts"

/** Pages of sources that are no more. */
const abandonedMs = 30 * 24 * 60 * 60 * 1000

/** `onBuild` hears that it takes a few seconds. Rejects with what the builder says. */
export const pageFiles = async (onBuild: () => void): Promise<PageFiles> => {
  const { buildPage, pageVersion } = await import("../../src/live/build-page.ts")
  const cache = bundlesIn(fileURLToPath(new URL("../../node_modules", import.meta.url)))
  const name = `page-${(await pageVersion()).slice(0, 16)}`
  const kept = join(cache, name)
  if (existsSync(join(kept, "index.html"))) return readPageFiles(kept)
  onBuild()
  const made = folderToMake(cache)
  await buildPage(made)
  const files = await readPageFiles(made)
  keep(made, cache, kept)
  return files
}

/** In the cache, since a folder cannot be renamed into another file system; where nothing can be written there, among temporary files. */
const folderToMake = (cache: string): string => {
  try {
    mkdirSync(cache, { recursive: true })
    return mkdtempSync(join(cache, "page-new-"))
  } catch {
    return mkdtempSync(join(tmpdir(), "cambium-page-"))
  }
}

/** What cannot be kept is built again next time. */
const keep = (made: string, cache: string, kept: string): void => {
  try {
    for (const old of readdirSync(cache)) {
      const path = join(cache, old)
      if (old.startsWith("page-") && Date.now() - statSync(path).mtimeMs > abandonedMs) rmSync(path, { recursive: true, force: true })
    }
    renameSync(made, kept)
  } catch {
    rmSync(made, { recursive: true, force: true })
  }
}
