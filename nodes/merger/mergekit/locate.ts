/**
 * Where a model of a configuration lies: a path from the configuration's folder or the current one, or a model of the Hugging Face
 * cache (`org/name`, `org/name@revision`). Nothing is downloaded.
 */
import { existsSync, readFileSync } from "node:fs"
import { homedir } from "node:os"
import { isAbsolute, join, resolve } from "node:path"

/** The path, or where it was looked for. */
export const locateModel = (name: string, folder: string, env: { readonly [name: string]: string | undefined } = process.env): { readonly path: string } | { readonly tried: readonly string[] } => {
  const paths = isAbsolute(name) ? [name] : [resolve(folder, name), resolve(name)]
  const cached = inCache(name, env)
  const all = [...new Set([...paths, ...(cached === undefined ? [] : [cached])])]
  const path = all.find((one) => existsSync(one))
  return path === undefined ? { tried: all } : { path }
}

const inCache = (name: string, env: { readonly [name: string]: string | undefined }): string | undefined => {
  const [, org, model, revision] = /^([\w.-]+)\/([\w.-]+)(?:@(\w[\w./-]*))?$/.exec(name) ?? []
  if (org === undefined || model === undefined) return undefined
  const hub = env["HF_HUB_CACHE"] ?? join(env["HF_HOME"] ?? join(homedir(), ".cache", "huggingface"), "hub")
  const folder = join(hub, `models--${org}--${model}`)
  try {
    return join(folder, "snapshots", readFileSync(join(folder, "refs", revision ?? "main"), "utf8").trim())
  } catch {
    return join(folder, "snapshots", revision ?? "main")
  }
}
