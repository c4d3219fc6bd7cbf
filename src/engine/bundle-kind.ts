/**
 * The sources behind one kind as a single text that does not depend on where the project lies, in which order modules
 * are listed elsewhere, or on anything the kind does not use.
 */
import { existsSync, readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { dirname, isAbsolute, join, resolve } from "node:path"
import type { BuildResult, Metafile, Plugin } from "esbuild"
import type { Kind } from "./kind.ts"

export interface Bundle {
  readonly text: string
  /** Packages the kind uses, as `name@version`, sorted. */
  readonly packages: readonly string[]
  /** Absolute paths of the files that were read. */
  readonly files: readonly string[]
  /** Those of them that something of is in the text. */
  readonly used: readonly string[]
}

type Built = BuildResult<{ write: false; metafile: true }>

/** Bundles the export of `file` that is `kind`; all of the file's exports when none is. */
export const bundleKind = async (kind: Kind, file: string, load: (url: string) => Promise<unknown>): Promise<Bundle> => {
  const name = nameInText(kind.id, readFileSync(file, "utf8")) ?? (await exportNameOf(kind, load))
  const entry = `export ${name === undefined ? "*" : `{ ${JSON.stringify(name)} as kind }`} from ${JSON.stringify(file)}`
  const found = await build(entry, file)
  // Once more with the modules in an order of our own: esbuild numbers clashing names in the order it meets them.
  const order = inOrder(found.metafile, file)
  const fixed = await build([...order.map((path, i) => `import * as module${i} from ${JSON.stringify(path)}`), entry].join("\n"), file)
  const root = dirname(file)
  const output = Object.values(fixed.metafile.outputs)[0]
  const packages = packagesOf(output, root)
  return {
    text: fixed.outputFiles[0]?.text ?? "",
    packages: packages.map(({ name: pkg, version }) => `${pkg}@${version}`),
    used: order,
    files: [...Object.keys(found.metafile.inputs).filter((path) => path !== "<stdin>").map((path) => resolve(root, path)), ...packages.map(({ manifest }) => manifest)],
  }
}

/** Packages stay outside, and one that nothing uses leaves no import behind. */
const outside: Plugin = {
  name: "packages stay outside",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[@\w]/ }, ({ path, kind }) => (kind === "entry-point" || isAbsolute(path) ? undefined : { path, external: true, sideEffects: false })),
}

const build = async (contents: string, file: string): Promise<Built> => {
  const esbuild = await import("esbuild")
  return esbuild.build({
    stdin: { contents, resolveDir: dirname(file), loader: "js" },
    absWorkingDir: dirname(file),
    bundle: true,
    write: false,
    metafile: true,
    outfile: "kind.js",
    format: "esm",
    platform: "node",
    target: "esnext",
    plugins: [outside],
    treeShaking: true,
    minifyWhitespace: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
  })
}

/** Where the text of a module defines one exported constant with that id, written out; so that it need not be loaded. */
const nameInText = (id: string, text: string): string | undefined => {
  const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "")
  const found = [...code.matchAll(/^export const (\w+) = define\w+\(\s*\{\s*id: ("(?:[^"\\\n]|\\.)*"),/gm)].filter(([, , literal]) => literal === JSON.stringify(id))
  return found.length === 1 ? found[0]?.[1] : undefined
}

/** The name under which the kind's module exports it. */
const exportNameOf = async (kind: Kind, load: (url: string) => Promise<unknown>): Promise<string | undefined> => {
  const exported = (await load(kind.module)) as { readonly [name: string]: unknown }
  return Object.keys(exported).find((name) => exported[name] === kind || (exported[name] as Partial<Kind> | null)?.id === kind.id)
}

/** Modules that are part of the bundle, each after those it reaches, otherwise by path: modules that are not part of it have no say. */
const inOrder = (metafile: Metafile, file: string): readonly string[] => {
  const used = new Set(Object.entries(Object.values(metafile.outputs)[0]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])))
  used.delete("<stdin>")
  const waiting = new Map([...used].sort().map((path) => [path, new Set([...reachedFrom(metafile, path)].filter((one) => used.has(one) && one !== path))]))
  const order: string[] = []
  while (waiting.size > 0) {
    // In a cycle nobody is free: the first by path goes first.
    const next = [...waiting].find(([, reached]) => reached.size === 0)?.[0] ?? [...waiting.keys()][0]
    if (next === undefined) break
    waiting.delete(next)
    for (const reached of waiting.values()) reached.delete(next)
    order.push(resolve(dirname(file), next))
  }
  return order
}

const reachedFrom = (metafile: Metafile, from: string): ReadonlySet<string> => {
  const reached = new Set<string>()
  const queue = [from]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    for (const item of metafile.inputs[path]?.imports ?? []) {
      if (item.external === true || reached.has(item.path)) continue
      reached.add(item.path)
      queue.push(item.path)
    }
  }
  return reached
}

interface UsedPackage {
  readonly name: string
  readonly version: string
  readonly manifest: string
}

const packagesOf = (output: Metafile["outputs"][string] | undefined, root: string): readonly UsedPackage[] => {
  const specifiers = (output?.imports ?? []).filter(({ external }) => external === true).map(({ path }) => path)
  const names = new Set(specifiers.filter((path) => !path.startsWith("node:") && !builtinModules.includes(path)).map(packageName))
  return [...names].sort().flatMap((name) => {
    const manifest = manifestOf(name, root)
    if (manifest === undefined) return []
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version?: string }
    return [{ name, version: version ?? "", manifest }]
  })
}

const packageName = (specifier: string): string => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

const manifestOf = (name: string, from: string): string | undefined => {
  const path = join(from, "node_modules", name, "package.json")
  if (existsSync(path)) return path
  return dirname(from) === from ? undefined : manifestOf(name, dirname(from))
}
