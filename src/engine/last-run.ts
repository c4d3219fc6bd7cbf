/**
 * What the store remembers of a node path: its last key and the one before, so that the next run can say what changed.
 * Notes only: losing them costs an explanation and an estimate, nothing else. SPEC W5.
 */
import { isHash, type Hash } from "../base/hash.ts"
import type { Json } from "../base/json.ts"
import type { KeyParts } from "../graph/key.ts"
import type { LiveEdges } from "../graph/live-edges.ts"
import type { Notes } from "../store/notes.ts"

/** Where inputs came from: the edges that counted, and of all of them, port after port, the keys that gave their contents, null where none did. */
export interface Wires {
  readonly edges: LiveEdges
  readonly keys: readonly (Hash | null)[]
}

/** Flat, because there is one for each node. Wires may be missing: they were once written in other ways, which say nothing here. */
export interface LastRun extends Partial<Wires> {
  readonly key: Hash
  /** The key of the run before, to compare with, and its wires. */
  readonly before?: Hash | undefined
  readonly edgesBefore?: Wires["edges"] | undefined
  readonly keysBefore?: Wires["keys"] | undefined
  readonly state: "started" | "done" | "failed"
  /** How long it took when it last ran. */
  readonly ms?: number | undefined
}

export interface LastRuns {
  readonly get: (path: string) => LastRun | null
  /** Whoever puts it keeps it too. */
  readonly put: (path: string, last: LastRun) => void
  /** The node is gone: `get` gives `last` should it come back. */
  readonly keep: (path: string, last: LastRun) => void
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
export const lastRunsOf = (notes: Notes, graph: string): LastRuns => {
  const prefix = `${graph}:`
  /** Of all nodes as they were, read with the first: one after another they would take many times as long. */
  let known: Map<string, LastRun> | undefined
  const read = (): Map<string, LastRun> => {
    const found = new Map<string, LastRun>()
    for (const [key, value] of notes.all("last", prefix)) if (isLastRun(value)) found.set(key.slice(prefix.length), value as unknown as LastRun)
    return found
  }
  return {
    get: (path) => (known ??= read()).get(path) ?? null,
    put: (path, last) => notes.post("last", `${prefix}${path}`, last as unknown as Json),
    keep: (path, last) => void (known ??= read()).set(path, last),
    forced: (path) => {
      const value = notes.get("forced", `${graph}:${path}`)
      return Array.isArray(value) ? (value as readonly string[]) : []
    },
    putForced: (path, forced) => notes.post("forced", `${graph}:${path}`, forced),
    trace: (key) => notes.trace(key) as unknown as KeyParts | undefined,
    putTrace: (key, parts) => notes.postTrace(key, parts as unknown as Json),
    sources: (code) => notes.get("sources", code) as unknown as { readonly [file: string]: string } | undefined,
  }
}

/** `last` after the same key came to this state, in `ms` if it has just run. */
export const sameRun = (last: LastRun, state: LastRun["state"], ms?: number): LastRun => (ms === undefined ? { ...last, state } : { ...last, state, ms })

/** What follows `last` when the node got another key, `key` over `wires`, in `ms` if it has just run: a run that never ended is not something to compare with. */
export const nextRun = (last: LastRun | null, key: Hash, { edges, keys }: Wires, state: LastRun["state"], ms?: number): LastRun => {
  if (last === null) return ms === undefined ? { key, state, edges, keys } : { key, state, edges, keys, ms }
  const former = last.state === "started" ? last : { before: last.key, edgesBefore: last.edges, keysBefore: last.keys }
  return { key, state, edges, keys, before: former.before, edgesBefore: former.edgesBefore, keysBefore: former.keysBefore, ms: ms ?? last.ms }
}

/** The key to compare the present key with; undefined when the node never came to an end before. */
export const previousOf = (last: LastRun | null | undefined, key: Hash | undefined): Hash | undefined =>
  last === undefined || last === null ? undefined : last.key !== key && last.state !== "started" ? last.key : last.before

/** The wires that the node had with this key, as far as they are remembered. */
export const wiresWith = (last: LastRun | null | undefined, key: Hash): Wires | undefined => {
  if (last === undefined || last === null) return undefined
  const [edges, keys] = last.key === key ? [last.edges, last.keys] : last.before === key ? [last.edgesBefore, last.keysBefore] : []
  return edges === undefined || keys === undefined ? undefined : { edges, keys }
}
