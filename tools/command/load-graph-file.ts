/**
 * Reads a graph file: imports it, checks what it exports, applies the overrides of the command line and builds the
 * graph. Everything that can be wrong comes back as sentences that name the file and, where there is one, the line.
 */
import * as E from "fp-ts/lib/Either.js"
import { readFileSync, statSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Json } from "../../src/base/json.ts"
import { buildGraph } from "../../src/graph/build.ts"
import type { GraphFile } from "../../src/graph/builder.ts"
import { describeIssue } from "../../src/graph/describe.ts"
import type { Graph, GraphIssue } from "../../src/graph/graph.ts"
import { overridesOf, parseOverride, type Override } from "../../src/graph/override.ts"
import { importBundled } from "../bundle/graph-bundle.ts"
import { importSource, isBundled } from "../bundle/import-source.ts"
import { makeReadWatch, type ReadWatch } from "../unchanged/read-watch.ts"
import { parseSweep, sweepCells, type SweepCell } from "../../src/graph/sweep.ts"

export interface LoadOptions {
  /** `node.param=value`, in the order given. */
  readonly set: readonly string[]
  /** `node.param=a,b,c`: every combination is a cell. */
  readonly sweep?: readonly string[]
  readonly tiny: boolean
  /** Sees the file being loaded and the graph being built. */
  readonly watch?: ReadWatch
}

export interface Swept {
  readonly graph: Graph
  readonly cells: readonly SweepCell[]
  /** That an overlay asks for. */
  readonly seed?: number
}

/** Why there is no graph. `stack` is for `--debug`. */
export interface LoadProblem {
  readonly messages: readonly string[]
  readonly stack?: string
}

export const problem = (message: string, stack?: string): E.Either<LoadProblem, never> =>
  E.left({ messages: [message], ...(stack === undefined ? {} : { stack }) })

/** The graph that `file` (relative to the current folder) describes under the options. */
export const loadGraph = async (file: string, options: Omit<LoadOptions, "sweep">): Promise<E.Either<LoadProblem, Graph>> => {
  const swept = await loadSwept(file, options)
  return E.isLeft(swept) ? swept : E.right(swept.right.graph)
}

/** The graph with the cells of its sweeps; no cells without sweeps. */
export const loadSwept = async (file: string, { set, sweep = [], tiny, watch = makeReadWatch() }: LoadOptions): Promise<E.Either<LoadProblem, Swept>> => {
  const sweeps = each(sweep, parseSweep)
  const sets = each(set, parseOverride)
  if (E.isLeft(sets)) return problem(sets.left)
  if (E.isLeft(sweeps)) return problem(sweeps.left)
  const loaded = await importGraphFile(file, watch)
  if (E.isLeft(loaded)) return loaded
  const overridden = overridesFor(loaded.right, file, { set, tiny })
  if (E.isLeft(overridden)) return overridden
  const [{ graph }, overrides] = [loaded.right, overridden.right]
  const built = watch.during(() => (sweeps.right.length === 0 ? withoutCells(buildGraph(graph, overrides)) : sweepCells(graph, overrides, sweeps.right)))
  return E.isRight(built) ? built : E.left({ messages: built.left.map((issue) => `${file}: ${describeIssue(issue)}`) })
}

/** Those of the tiny size, then those of `--set`. */
export const overridesFor = (loaded: Loaded, file: string, { set, tiny }: Pick<LoadOptions, "set" | "tiny">): E.Either<LoadProblem, readonly Override[]> => {
  const sets = each(set, parseOverride)
  if (E.isLeft(sets)) return problem(sets.left)
  if (tiny && loaded.tiny === undefined) return problem(`${file}: expected an export named tiny for --tiny, got none: export const tiny = { "node.param": value }`)
  return E.right([...(tiny ? overridesOf(loaded.tiny ?? {}) : []), ...sets.right])
}

const withoutCells = (built: E.Either<readonly GraphIssue[], Graph>): E.Either<readonly GraphIssue[], Swept> => (E.isLeft(built) ? built : E.right({ graph: built.right, cells: [] }))

/** All of them read, or the first that cannot be. */
const each = <A>(texts: readonly string[], parse: (text: string) => E.Either<string, A>): E.Either<string, readonly A[]> => {
  const read: A[] = []
  for (const text of texts) {
    const parsed = parse(text)
    if (E.isLeft(parsed)) return parsed
    read.push(parsed.right)
  }
  return E.right(read)
}

export interface Loaded {
  readonly graph: GraphFile
  readonly tiny: { readonly [target: string]: Json } | undefined
}

/** Imports the file and checks what it exports. */
export const importGraphFile = async (file: string, watch: ReadWatch): Promise<E.Either<LoadProblem, Loaded>> => {
  const path = resolve(file)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return problem(`${file}: expected a graph file, got no such file`)
  if (!stats.isFile()) return problem(`${file}: expected a graph file, got a folder`)
  if (!isModule(path)) return problem(`${file}: expected a file below a package.json with "type": "module", as Cambium's own folder is`)
  let exported: { readonly default?: unknown; readonly tiny?: unknown }
  try {
    exported = (await importGraph(path, watch)) as typeof exported
  } catch (error) {
    return problem(describeImportError(error, file), error instanceof Error ? error.stack : undefined)
  }
  return graphFileOf(exported, file)
}

/** What a graph file exports, checked. */
export const graphFileOf = ({ default: graph, tiny }: { readonly default?: unknown; readonly tiny?: unknown }, file: string): E.Either<LoadProblem, Loaded> => {
  if (graph === undefined) return problem(`${file}: expected a default export, got none: export default graph("name", (g) => { … })`)
  if (!isGraphFile(graph)) return problem(`${file}: expected the default export to be made by graph(…), got ${typeof graph}`)
  if (tiny !== undefined && !isRecord(tiny)) return problem(`${file}: expected the export tiny to be a record of params, got ${typeof tiny}`)
  return E.right({ graph, tiny: tiny as Loaded["tiny"] })
}

/** Bundled where that is possible; what is wrong with a file is said of the file itself. */
const importGraph = async (path: string, watch: ReadWatch): Promise<unknown> => {
  const found = isBundled ? await importBundled(path, watch) : undefined
  if (found === undefined) watch.giveUp("files that are not bundled")
  return found ?? importSource(pathToFileURL(path).href)
}

/** The way Node tells: by the ending, else by the nearest package.json. */
const isModule = (path: string): boolean => {
  if (/\.m[jt]s$/.test(path)) return true
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const manifest = E.tryCatch(() => readFileSync(join(folder, "package.json"), "utf8"), String)
    if (E.isRight(manifest)) return /"type"\s*:\s*"module"/.test(manifest.right)
    if (folder === dirname(folder)) return false
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value)

const isGraphFile = (value: unknown): value is GraphFile =>
  isRecord(value) && typeof value["name"] === "string" && isRecord(value["params"]) && typeof value["build"] === "function"

/** One line that names file and line: of a syntax error, of a missing module or export, of what the file threw. */
export const describeImportError = (error: unknown, file: string): string => {
  if (!(error instanceof Error)) return `${file}: threw ${String(error)}`
  const compile = /^(.+?):(\d+):(\d+): ERROR: (.+)$/m.exec(error.message)
  if (compile !== null) return `${near(compile[1] ?? file)}:${compile[2]}:${Number(compile[3]) + 1}: ${compile[4]}`
  const code = (error as NodeJS.ErrnoException).code
  if (code === "ERR_MODULE_NOT_FOUND") {
    const [, name = "?", from = file] = /^Cannot find (?:module|package) '(.+?)' imported from (.+)$/.exec(error.message) ?? []
    return `${near(from)}: imports ${near(name)}, and there is no such ${/^Cannot find package/.test(error.message) ? "package; is it installed?" : "file"}`
  }
  if (code === "ERR_PACKAGE_IMPORT_NOT_DEFINED") return `${file}: ${error.message}; #src and #nodes are known to files below Cambium's package.json`
  const at = placeOf(error, resolve(file)) ?? placeOf(error)
  return at === undefined || at.startsWith(`${file}:`) ? `${at ?? file}: ${error.message}` : `${file}: ${error.message} (${at})`
}

/** Where it happened: in the file if the stack passes through it, else the topmost TypeScript file. */
const placeOf = (error: Error, file?: string): string | undefined => {
  for (const line of error.stack?.split("\n") ?? []) {
    const [, path, at] = /(?:^|[\s(])(?:async )?((?:file:\/\/)?\/?[^\s()]+\.[cm]?[jt]s):(\d+(?::\d+)?)\)?$/.exec(line) ?? []
    if (path === undefined || at === undefined || /node_modules|^node:/.test(path)) continue
    const plain = path.startsWith("file:") ? fileURLToPath(path) : path
    if (file === undefined ? /\.ts$/.test(plain) : plain === file) return `${near(plain)}:${at}`
  }
  return undefined
}

/** A path as short as it can be said from here. */
const near = (path: string): string => {
  const short = relative(process.cwd(), path)
  return path.startsWith("/") && !short.startsWith("..") ? short : path
}
