/**
 * What the store remembers of a node path: its last key and the one before, so that the next run can say what changed.
 * Notes only: losing them costs an explanation and an estimate, nothing else. SPEC W5.
 */
import { isHash, type Hash } from "../base/hash.ts"
import type { Json } from "../base/json.ts"
import type { KeyParts } from "../graph/key.ts"
import type { Notes } from "../store/notes.ts"

export interface LastRun {
  readonly key: Hash
  /** The key of the run before, to compare with. */
  readonly before?: Hash
  readonly state: "started" | "done" | "failed"
  /** How long it took when it last ran. */
  readonly ms?: number
}

export interface LastRuns {
  readonly get: (path: string) => LastRun | null
  readonly put: (path: string, last: LastRun) => void
  readonly trace: (key: Hash) => KeyParts | undefined
  readonly putTrace: (key: Hash, parts: KeyParts) => void
}

const isLastRun = (value: Json | undefined): boolean => isHash((value as { readonly key?: unknown } | undefined)?.key)

/** The notes of the graph named `graph`. */
export const lastRunsOf = (notes: Notes, graph: string): LastRuns => ({
  get: (path) => {
    const value = notes.get("last", `${graph}:${path}`)
    return isLastRun(value) ? (value as unknown as LastRun) : null
  },
  put: (path, last) => void notes.put("last", `${graph}:${path}`, { ...last }),
  trace: (key) => notes.get("trace", key) as unknown as KeyParts | undefined,
  putTrace: (key, parts) => void notes.put("trace", key, parts as unknown as Json),
})

/** `last` after the node got the key `key`: a run that never ended is not something to compare with. */
export const nextRun = (last: LastRun | null, key: Hash, state: LastRun["state"]): LastRun => {
  if (last === null) return { key, state }
  if (last.key === key) return { ...last, state }
  const before = last.state === "started" ? last.before : last.key
  return { key, state, ...(before === undefined ? {} : { before }), ...(last.ms === undefined ? {} : { ms: last.ms }) }
}
