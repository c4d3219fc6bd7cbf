/**
 * TypeScript sources as one text that Node loads at once: a loader that transforms file after file takes longer than most
 * runs. Every module still says that it lies where its source lies, so workers, code versions and files beside it are
 * found. Packages stay outside, but for those that are plain functions in very many files.
 */
import { build, type BuildOptions, type BuildResult, type Metafile, type Plugin } from "esbuild"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { isBuiltin } from "node:module"
import { dirname, join, resolve, sep } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { packageRootOf } from "./package-root.ts"

export interface Made {
  /** Names and texts; beside what is not split, its source map. */
  readonly outputs: readonly { readonly name: string; readonly text: string }[]
  /** Absolute paths of everything that the text depends on; packages by their manifests. */
  readonly files: readonly string[]
  /** Modules of Node's that the text uses. */
  readonly builtins: readonly string[]
}

export const together = (all: readonly Made[]): Made => ({
  outputs: all.flatMap(({ outputs }) => outputs),
  files: [...new Set(all.flatMap(({ files }) => files))],
  builtins: [...new Set(all.flatMap(({ builtins }) => builtins))],
})

const inlined = /^(fp-ts|io-ts|rxjs|tslib|yaml|protobufjs|@protobufjs|long)(\/|$)/
/** Packages that Node loads in a form of which nothing can be left out, and where the one lies of which only what is used is taken. */
const plain = { rxjs: "dist/esm/index.js", yaml: "browser/dist/index.js", "io-ts": "es6/index.js" } as const
const plainFile = (name: keyof typeof plain): string => fileURLToPath(new URL(plain[name], import.meta.resolve(`${name}/package.json`)))
/** Of fp-ts, whose modules are imported one by one. */
const plainModule = (path: string): string => fileURLToPath(new URL(path.replace("fp-ts/lib/", "es6/"), import.meta.resolve("fp-ts/package.json")))

const packages: Plugin = {
  name: "packages",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^(rxjs|yaml|io-ts)$/ }, ({ path }) => ({ path: plainFile(path as keyof typeof plain), sideEffects: false }))
    onResolve({ filter: /^fp-ts\/lib\/.+\.js$/ }, ({ path }) => ({ path: plainModule(path), sideEffects: false }))
    onResolve({ filter: /^@?[a-zA-Z]/ }, ({ path, kind }) => (kind === "entry-point" || inlined.test(path) || /^[a-zA-Z]:[\\/]/.test(path) ? undefined : { path, external: true }))
  },
}

const places: Plugin = {
  name: "modules lie where their sources lie",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
      if (path.includes(`${sep}node_modules${sep}`)) return undefined
      const text = await readFile(path, "utf8")
      if (!text.includes("import.meta")) return undefined
      const of = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) }
      const contents = text.replace(/\bimport\.meta\.(url|filename|dirname)\b/g, (_, member: keyof typeof of) => JSON.stringify(of[member]))
      const [, ending = ""] = /\.[cm]?([jt]sx?)$/.exec(path) ?? []
      return { contents, loader: ending as "js" | "jsx" | "ts" | "tsx" }
    }),
}

/** What is imported later stays an import, of a file that lies beside the bundle. */
const apart = (beside: Beside): Plugin => ({
  name: "apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
      const name = kind === "dynamic-import" ? beside(resolve(resolveDir, path)) : undefined
      return name === undefined ? undefined : { path: `./${name}`, external: true }
    }),
})

/** A file, several by the names that they get (without the ending), or the text of a module that lies in `folder`. */
export type Entry = string | { readonly files: ReadonlyMap<string, string>; readonly folder: string } | { readonly text: string; readonly folder: string }

/** Of a module that is imported later: under which name it lies beside the bundle; undefined if it is in the bundle. */
export type Beside = (path: string) => string | undefined

export interface BundleOptions {
  /** What is imported later is loaded later. */
  readonly isSplit: boolean
  /** Default: what is not split. Maps of what is split are named in it. */
  readonly hasMaps?: boolean
  /** Without what only people need to read it: a fifth less time to load. Names stay. */
  readonly isTight?: boolean
  /** Default: all is in the bundle. */
  readonly beside?: Beside
  readonly form?: keyof typeof forms
}

/** A module; one as it was before there were modules, which Node begins a thread with in less time; the body of a script (`load-script.ts`). */
const forms = {
  module: { format: "esm", charset: "utf8", outExtension: { ".js": ".mjs" } },
  older: { format: "cjs", charset: "utf8", outExtension: { ".js": ".cjs" } },
  script: { format: "cjs", charset: "ascii", banner: { js: '(function(require,module,importMeta,importLater){"use strict";' }, footer: { js: "})" } },
} satisfies Record<string, BuildOptions>

/** Rejects with what esbuild says is wrong. */
export const makeBundle = async (entry: Entry, { isSplit, hasMaps = !isSplit, isTight = false, beside = () => undefined, form = "module" }: BundleOptions): Promise<Made> => {
  const root = packageRootOf(typeof entry === "string" ? dirname(entry) : entry.folder)
  const outdir = join(root, "bundle")
  const built: BuildResult<{ write: false; metafile: true }> = await build({
    ...entryOf(entry),
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: isSplit,
    write: false,
    metafile: true,
    platform: "node",
    target: "node20",
    // What they are called tells Node what they are: early ones of version 20 cannot find out, later ones compile them twice.
    ...forms[form],
    define: { CAMBIUM_BUNDLED: "true", ...(form === "script" ? { "import.meta": "importMeta" } : {}) },
    chunkNames: "[name]-[hash]",
    plugins: [apart(beside), packages, places],
    minifyWhitespace: isTight,
    minifySyntax: isTight,
    sourcemap: hasMaps && (isSplit ? "linked" : "external"),
    legalComments: "none",
    logLevel: "silent",
  })
  const asked = Object.values(built.metafile.outputs).flatMap(({ imports }) => imports.filter(({ external }) => external === true))
  const outside = asked.map(({ path }) => path)
  const later = form === "script" ? asked.filter(({ kind }) => kind === "dynamic-import").map(({ path }) => path) : []
  return {
    builtins: [...new Set(outside.filter(isBuiltin))],
    outputs: built.outputFiles.map(({ path, text }) => ({ name: path.slice(outdir.length + 1), text: path.endsWith(".map") ? wherever(text, outdir) : later.reduce(importedLater, text) })),
    files: [...new Set([...sourcesOf(built.metafile, outside, root), ...["package.json", "package-lock.json", "tsconfig.json"].map((name) => join(root, name))])],
  }
}

const entryOf = (entry: Entry): Pick<BuildOptions, "entryPoints" | "stdin"> => {
  if (typeof entry === "string") return { entryPoints: [entry] }
  return "files" in entry ? { entryPoints: [...entry.files].map(([out, path]) => ({ in: path, out })) } : { stdin: { contents: entry.text, resolveDir: entry.folder } }
}

/** A script may not import; whoever loads it does. */
const importedLater = (text: string, path: string): string => text.replaceAll(`import(${JSON.stringify(path)})`, `importLater(${JSON.stringify(path)})`)

/** A source map that does not depend on where it lies. */
const wherever = (map: string, outdir: string): string => {
  const parsed = JSON.parse(map) as { readonly sources: readonly string[] }
  return JSON.stringify({ ...parsed, sources: parsed.sources.map((path) => pathToFileURL(resolve(outdir, path)).href), sourcesContent: undefined })
}

const sourcesOf = ({ inputs }: Metafile, outside: readonly string[], root: string): readonly string[] => {
  const names = outside.filter((path) => !isBuiltin(path) && !path.startsWith(".")).map((path) => path.split("/").slice(0, path.startsWith("@") ? 2 : 1).join("/"))
  return [
    ...Object.keys(inputs).filter((path) => path !== "<stdin>").map((path) => resolve(root, path)).map((path) => (path.includes(`${sep}node_modules${sep}`) ? join(packageRootOf(dirname(path)), "package.json") : path)),
    ...names.map((name) => manifestOf(name, root)).filter((path) => path !== undefined),
  ]
}

const manifestOf = (name: string, from: string): string | undefined => {
  const path = join(from, "node_modules", name, "package.json")
  if (existsSync(path)) return path
  return dirname(from) === from ? undefined : manifestOf(name, dirname(from))
}
