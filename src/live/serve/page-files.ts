/**
 * The files of the page, read once into memory: what is not in the table cannot be served, whatever a path says. Links
 * are not followed. SPEC L8.
 */
import { readdir, readFile } from "node:fs/promises"
import { extname, join, relative } from "node:path"

export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array
  /** Its name has a hash of what it holds. */
  readonly isFixed: boolean
}

/** By path from the root, with a slash in front; `/` is the page. */
export type PageFiles = ReadonlyMap<string, PageFile>

const types: { readonly [ending: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
}

export const readPageFiles = async (folder: string): Promise<PageFiles> => {
  const files = new Map<string, PageFile>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(folder, file).replaceAll("\\", "/")}`
    files.set(path, { type, bytes: await readFile(file), isFixed: path.startsWith("/assets/") })
  }
  const page = files.get("/index.html")
  if (page !== undefined) files.set("/", page)
  return files
}
