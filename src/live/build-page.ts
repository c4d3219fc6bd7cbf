/**
 * Builds the page of `cambium live` with Vite, from code: there is no configuration file, and no step for the user. What
 * comes out is static (one HTML file, hashed scripts and styles) and needs no inline script or style, so that a strict
 * Content-Security-Policy can be served with it. SPEC L1.
 */
import { readdir, readFile } from "node:fs/promises"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "vite"
import { hashJson, type Hash } from "../base/hash.ts"

const source = fileURLToPath(new URL("./page", import.meta.url))
/** What the page shares with the server; a change of it is a change of the page. */
const shared = fileURLToPath(new URL("./protocol.ts", import.meta.url))

/** Writes the page to `folder`, which is emptied first. Throws what Vite throws: the page's sources are ours. */
export const buildPage = async (folder: string): Promise<void> => {
  await build({
    configFile: false,
    root: source,
    base: "./",
    logLevel: "error",
    publicDir: false,
    oxc: { jsx: { runtime: "automatic" } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2022",
      // A data: URL or an inline polyfill would need a hole in the policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2000,
    },
  })
}

/** Changes when anything the page is built from does: the name of a cached build. */
export const pageVersion = async (): Promise<Hash> => {
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).concat(shared).sort()
  const texts = await Promise.all(files.map(async (file) => [relative(source, file).replaceAll("\\", "/"), await readFile(file, "utf8")] as const))
  const packages = await readFile(new URL("../../package.json", import.meta.url), "utf8")
  return hashJson([...texts, ["package.json", packages]])
}
