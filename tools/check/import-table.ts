/**
 * Who may import whom. Two towers meet in the engine: numbers (base <- tensor <- nn, device) and structure
 * (base <- schema <- graph); families of nodes never import each other; nobody imports tests. Change the table only
 * together with the description of the house.
 */
import { builtinModules } from "node:module"
import type { Finding, Import, Source } from "./source.ts"

interface Row {
  /** Folders whose files may be imported; the folder itself always may. */
  readonly from: readonly string[]
  /** Folders of which only types may be imported. */
  readonly types?: readonly string[]
  /** Packages and Node's modules (`node:` alone: all of them). */
  readonly packages: readonly string[]
}

const family = (...packages: string[]): Row => ({ from: ["src/index.ts", "nodes/port"], packages: ["fp-ts", "io-ts", "rxjs", "node:", ...packages] })

/** The longest prefix of a file's path decides. */
const table: Readonly<Record<string, Row>> = {
  "src/base": { from: [], packages: ["fp-ts", "node:crypto"] },
  "src/tensor": { from: ["src/base"], packages: ["fp-ts"] },
  "src/nn": { from: ["src/base", "src/tensor"], packages: ["fp-ts"] },
  "src/device": { from: ["src/base", "src/tensor"], packages: ["fp-ts", "gpu.js", "onnxruntime-node", "protobufjs", "webgpu", "node:"] },
  "src/schema": { from: ["src/base"], packages: ["fp-ts", "io-ts"] },
  "src/graph": { from: ["src/base", "src/schema"], packages: ["fp-ts", "io-ts"] },
  "src/checkpoint": { from: ["src/base"], packages: ["fp-ts", "koffi", "node:"] },
  "src/store": { from: ["src/base"], packages: ["fp-ts", "io-ts", "lmdb", "node:"] },
  "src/engine": {
    from: ["src/base", "src/schema", "src/graph", "src/store"],
    types: ["src/tensor", "src/device"],
    packages: ["fp-ts", "io-ts", "rxjs", "esbuild", "tsx", "node:"],
  },
  "src/live": {
    from: ["src/base", "src/schema", "src/graph", "src/store", "src/engine"],
    packages: ["fp-ts", "io-ts", "rxjs", "ws", "vite", "node:"],
  },
  "src/live/protocol": { from: ["src/schema/views.ts"], types: ["src/base"], packages: ["io-ts"] },
  "src/live/page": { from: ["src/live/protocol.ts", "src/live/protocol", "src/base/assert.ts"], types: ["src/base", "src/schema"], packages: ["fp-ts", "react", "react-dom", "@xyflow/react", "uplot", "@dagrejs/dagre"] },
  "src/index.ts": { from: ["src"], packages: [] },
  "nodes": family(),
  "nodes/index.ts": { from: ["nodes"], packages: [] },
  "nodes/merger": family("tsx", "yaml"),
  "nodes/embedding": family("ml-matrix", "opentype.js"),
  "nodes/tokenizer": family("@huggingface/tokenizers"),
  "graphs": { from: ["src/index.ts", "nodes/index.ts"], packages: [] },
  "tools": { from: ["src", "nodes", "graphs", "tools"], packages: ["*"] },
  "tests": { from: ["src", "nodes", "graphs", "tools", "tests"], packages: ["*"] },
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** The row of the table for a file, and the folder it counts as its own. */
const rowOf = (path: string): { readonly own: string; readonly row: Row } | undefined => {
  const [best] = Object.keys(table).filter((prefix) => isBelow(path, prefix)).sort((a, b) => b.length - a.length)
  const row = best === undefined ? undefined : table[best]
  if (best === undefined || row === undefined) return undefined
  const parts = path.split("/")
  return { row, own: best === "nodes" && parts.length > 2 ? `nodes/${parts[1]}` : best }
}

/** Imports of `source` that the table does not allow, or that lead nowhere. */
export const importTable = (source: Source, all: readonly Source[]): readonly Finding[] => {
  const home = rowOf(source.path)
  if (home === undefined) return [{ file: source.path, line: 1, message: "lies in a folder that the import table does not know" }]
  const paths = new Set(all.map(({ path }) => path))
  return source.imports.flatMap((item): readonly Finding[] => {
    const message = item.target === undefined ? packageFault(item, home.row) : ownFault(item, item.target, home.own, home.row, paths)
    return message === undefined ? [] : [{ file: source.path, line: item.line, message }]
  })
}

const ownFault = ({ specifier, typeOnly }: Import, target: string, own: string, row: Row, paths: ReadonlySet<string>): string | undefined => {
  if (!paths.has(target)) return /\.(json|css|d\.ts)$/.test(target) ? undefined : `imports ${specifier}, and there is no file ${target} (our own files are imported with their ending)`
  if (isBelow(target, own) || row.from.some((folder) => isBelow(target, folder))) return undefined
  if (row.types?.some((folder) => isBelow(target, folder)) === true) {
    return typeOnly ? undefined : `imports values of ${target}; ${own} may import only its types: write import type`
  }
  const allowed = [...row.from, ...(row.types ?? []).map((folder) => `types of ${folder}`)].join(", ") || "nothing of ours"
  return `imports ${target}; ${own} may import ${allowed}`
}

const packageFault = ({ specifier }: Import, { packages }: Row): string | undefined => {
  const builtin = specifier.startsWith("node:")
  if (!builtin && builtinModules.includes(specifier)) return `imports ${specifier}; write node:${specifier}`
  const name = builtin ? specifier : specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")
  if (packages.includes("*") || packages.includes(name) || (builtin && packages.includes("node:"))) return undefined
  return `imports the package ${name}; allowed here: ${packages.join(", ") || "none"}`
}
