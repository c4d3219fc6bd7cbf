/**
 * Reads a graph file as often as it changes: bundled with all it imports, and loaded as a module that was not there
 * before, so that what runs is what was saved. Which files it is made of tells what to watch. SPEC L6.
 */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join, relative, resolve, sep } from "node:path"
import { pathToFileURL } from "node:url"
import type { BuildFailure } from "esbuild"
import type { Problem } from "../../src/live/protocol/status.ts"
import type { GraphSource } from "../../src/live/overlay-graph.ts"
import { bundlesIn } from "../bundle/bundled-file.ts"
import { packageRootOf, packagesFolderOf } from "../bundle/package-root.ts"
import { describeImportError, graphFileOf, overridesFor } from "../command/load-graph-file.ts"

export interface ReadOptions {
  readonly set: readonly string[]
  readonly tiny: boolean
}

export interface ReadFile {
  readonly source: GraphSource
  /** Absolute paths of its own sources and of what it imports, packages not among them. */
  readonly files: readonly string[]
}

export type ReadGraphFile = () => Promise<E.Either<readonly Problem[], ReadFile>>

/** A reader of `file`; each read loads it anew. Left is what is wrong, with file and line. */
export const makeGraphReader = (file: string, options: ReadOptions): ReadGraphFile => {
  const path = resolve(file)
  const wrong = (messages: readonly string[]): E.Either<readonly Problem[], never> => E.left(messages.map((message) => problemOf(message, file)))
  let reads = 0
  return async () => {
    if (!existsSync(path)) return wrong([`${file}: expected a graph file, got no such file`])
    const folder = bundlesIn(packagesFolderOf(dirname(path)) ?? dirname(path))
    const at = join(folder, `live-${process.pid}-${++reads}-${basename(path).replace(/\W+/g, "-")}.mjs`)
    try {
      const { makeBundle } = await import("../bundle/make-bundle.ts")
      const made = await makeBundle(path, { isSplit: false })
      const textOf = (ending: string): string => made.outputs.find(({ name }) => name.endsWith(ending))?.text ?? ""
      mkdirSync(folder, { recursive: true })
      writeFileSync(`${at}.map`, textOf(".mjs.map"))
      writeFileSync(at, `${textOf(".mjs")}//# sourceMappingURL=${basename(at)}.map\n`)
      process.setSourceMapsEnabled(true)
      const loaded = graphFileOf((await import(pathToFileURL(at).href)) as object, file)
      if (E.isLeft(loaded)) return wrong(loaded.left.messages)
      const overrides = overridesFor(loaded.right, file, options)
      if (E.isLeft(overrides)) return wrong(overrides.left.messages)
      const files = made.files.filter((one) => /\.[cm]?tsx?$/.test(one) && !one.includes(`${sep}node_modules${sep}`))
      return E.right({ source: { file: loaded.right.graph, overrides: overrides.right }, files })
    } catch (error) {
      const told = compileErrors(error, packageRootOf(dirname(path)))
      return told.length > 0 ? E.left(told) : wrong([describeImportError(error, file)])
    } finally {
      for (const one of [at, `${at}.map`]) rmSync(one, { force: true })
    }
  }
}

/** What the bundler found; it names files from the folder it works in. */
const compileErrors = (error: unknown, folder: string): readonly Problem[] => {
  const { errors } = error as Partial<BuildFailure>
  if (!Array.isArray(errors)) return []
  return (errors as BuildFailure["errors"]).map(({ text, location }) => ({
    file: location === null ? null : shortPath(resolve(folder, location.file)),
    line: location?.line ?? null,
    column: location === null ? null : location.column + 1,
    message: text,
  }))
}

/** A message that begins with file, line and column, taken apart. */
export const problemOf = (message: string, file: string): Problem => {
  const [, where, line, column, text] = /^([^\s:]+):(\d+)(?::(\d+))?: ([\s\S]+)$/.exec(message) ?? []
  if (where === undefined || line === undefined || text === undefined) {
    return { file, line: null, column: null, message: message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message }
  }
  return { file: where, line: Number(line), column: column === undefined ? null : Number(column), message: text }
}

/** As short as it can be said from here. */
export const shortPath = (path: string): string => {
  const short = relative(process.cwd(), path)
  return short.startsWith("..") ? path : short
}

/** The graph file first, then what it imports that is not of the library. */
export const ownOf = (file: string, files: readonly string[]): readonly string[] => [resolve(file), ...files.filter((one) => one !== resolve(file) && !/[\\/]src[\\/]/.test(one))]
