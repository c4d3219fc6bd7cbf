/** What was or would be evicted, by the kind of node that made it. */
import type { Eviction } from "../../src/store/collect.ts"
import type { Store } from "../../src/store/store.ts"

export interface Evicted {
  /** Id of a kind; `checkpoints`, `unused` or `unknown` where none made it. */
  readonly kind: string
  readonly blobs: number
  readonly bytes: number
  /** Milliseconds to make it again, each action once. */
  readonly ms: number
}

/** Which kind of node made it. */
export const kindOf = (store: Store, { key, reason, checkpoints }: Eviction): string => {
  if (reason === "unused") return "unused"
  if (key === undefined) return checkpoints.length > 0 ? "checkpoints" : "unknown"
  const { kind } = (store.notes.trace(key) ?? {}) as { readonly kind?: unknown }
  return typeof kind === "string" ? kind : "unknown"
}

/** The largest first. */
export const evictedByKind = (store: Store, evictions: readonly Eviction[]): readonly Evicted[] => {
  const groups = new Map<string, { blobs: number; bytes: number; readonly work: Map<string, number> }>()
  for (const one of evictions) {
    const kind = kindOf(store, one)
    const group = groups.get(kind) ?? { blobs: 0, bytes: 0, work: new Map<string, number>() }
    groups.set(kind, group)
    group.blobs++
    group.bytes += one.bytes
    group.work.set(one.key ?? one.hash, one.ms)
  }
  return [...groups]
    .map(([kind, { blobs, bytes, work }]): Evicted => ({ kind, blobs, bytes, ms: [...work.values()].reduce((sum, ms) => sum + ms, 0) }))
    .sort((a, b) => b.bytes - a.bytes)
}
