/**
 * What the store remembers of a node path: its last key and the one before, so that the next run can say what changed.
 * Notes only: losing them costs an explanation and an estimate, nothing else. SPEC W5.
 */
import { isHash, type Hash } from "../base/hash.ts"
import type { Json } from "../base/json.ts"
import type { KeyParts } from "../graph/key.ts"
import type { Notes } from "../store/notes.ts"

/** Where inputs came from, by port, in the order of the edges: `node.port`, and the key that gave it, or null if none did. An edge that was not needed has no `ref`. */
export type Wires = { readonly [port: string]: readonly { readonly ref: string; readonly key: Hash | null }[] }

export interface LastRun {
  readonly key: Hash
  readonly wires?: Wires
  /** The key of the run before, to compare with. */
  readonly before?: Hash
  readonly wiresBefore?: Wires
  readonly state: "started" | "done" | "failed"
  /** How long it took when it last ran. */
  readonly ms?: number
}

export interface LastRuns {
  readonly get: (path: string) => LastRun | null
  readonly put: (path: string, last: LastRun) => void
  /** What the control `force` of the node held when it was followed. */
  readonly forced: (path: string) => readonly string[]
  readonly putForced: (path: string, forced: readonly string[]) => void
  readonly trace: (key: Hash) => KeyParts | undefined
  readonly putTrace: (key: Hash, parts: KeyParts) => void
  /** Hashes of the files, and versions of the packages, that a code version was made of. */
  readonly sources: (code: string) => { readonly [file: string]: string } | undefined
}

const isLastRun = (value: Json | undefined): boolean => isHash((value as { readonly key?: unknown } | undefined)?.key)

/** The notes of the graph named `graph`. */
export const lastRunsOf = (notes: Notes, graph: string): LastRuns => ({
  get: (path) => {
    const value = notes.get("last", `${graph}:${path}`)
    return isLastRun(value) ? (value as unknown as LastRun) : null
  },
  put: (path, last) => void notes.put("last", `${graph}:${path}`, { ...last }),
  forced: (path) => {
    const value = notes.get("forced", `${graph}:${path}`)
    return Array.isArray(value) ? (value as readonly string[]) : []
  },
  putForced: (path, forced) => void notes.put("forced", `${graph}:${path}`, forced),
  trace: (key) => notes.get("trace", key) as unknown as KeyParts | undefined,
  putTrace: (key, parts) => void notes.put("trace", key, parts as unknown as Json),
  sources: (code) => notes.get("sources", code) as unknown as { readonly [file: string]: string } | undefined,
})

/** `last` after the node got the key `key` over `wires`: a run that never ended is not something to compare with. */
export const nextRun = (last: LastRun | null, key: Hash, wires: () => Wires, state: LastRun["state"]): LastRun => {
  if (last !== null && last.key === key) return { ...last, state }
  const next = { key, state, wires: wires() }
  if (last === null) return next
  const [before, wiresBefore] = last.state === "started" ? [last.before, last.wiresBefore] : [last.key, last.wires]
  return { ...next, ...(before === undefined ? {} : { before }), ...(wiresBefore === undefined ? {} : { wiresBefore }), ...(last.ms === undefined ? {} : { ms: last.ms }) }
}

/** The key and the wires to compare the present key with; undefined when the node never came to an end before. */
export const previousOf = (last: LastRun | null | undefined, key: Hash | undefined): { readonly key: Hash; readonly wires: Wires | undefined } | undefined => {
  if (last === undefined || last === null) return undefined
  if (last.key !== key && last.state !== "started") return { key: last.key, wires: last.wires }
  return last.before === undefined ? undefined : { key: last.before, wires: last.wiresBefore }
}
