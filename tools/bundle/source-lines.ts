/**
 * Stack traces that name the lines of sources. Node can do that, but reads the map of every module it loads; here the map of a
 * bundle is read with the first error in it, which most runs never have. SPEC O1.
 */
import { readFileSync } from "node:fs"
import { findSourceMap, SourceMap, type SourceMapPayload } from "node:module"
import { fileURLToPath } from "node:url"
import { isBundle } from "./bundled-file.ts"

/** Errors whose stack is looked at from now on tell lines of sources, as far as they were thrown in bundles that lie beside their maps. */
export const tellSourceLines = (): void => {
  const maps = new Map<string, SourceMap | undefined>()
  const mapOf = (file: string): SourceMap | undefined => {
    if (!maps.has(file)) maps.set(file, isBundle(file) ? readMap(`${file}.map`) : undefined)
    // Of what others made readable, Node has the maps.
    return maps.get(file) ?? findSourceMap(file)
  }
  Error.prepareStackTrace = (error, sites) => [headOf(error), ...sites.map((site) => `    at ${inSource(site, mapOf)}`)].join("\n")
}

const headOf = (error: Error): string => {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return "an error that cannot be told"
  }
}

const readMap = (file: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, "utf8")) as SourceMapPayload)
  } catch {
    return undefined
  }
}

const inSource = (site: NodeJS.CallSite, mapOf: (file: string) => SourceMap | undefined): string => {
  const text = String(site)
  const [at, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()]
  if (at === null || at === undefined || line === null || column === null || !/^(\/|file:|[a-zA-Z]:\\)/.test(at)) return text
  const entry = mapOf(at.startsWith("file:") ? fileURLToPath(at) : at)?.findEntry(line - 1, column - 1)
  if (entry === undefined || !("originalSource" in entry)) return text
  const source = entry.originalSource.startsWith("file:") ? fileURLToPath(entry.originalSource) : entry.originalSource
  return text.replace(`${at}:${line}:${column}`, () => `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`)
}
