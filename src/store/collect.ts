/**
 * What may be thrown away: first what nothing refers to, then, until the rest fits a quota, what frees most bytes for the
 * least work to make it again. Never the roots: results that graphs have now, those that are pinned, what running work
 * reads, and the newest checkpoint of work that was stopped on its way. Actions stay, so what is evicted still cuts off
 * early and is made again only when its bytes are read. SPEC W8, W9.
 */
import type { Hash } from "../base/hash.ts"
import type { Action } from "./actions.ts"
import type { BlobInfo } from "./blobs.ts"
import type { CheckpointRecord } from "./checkpoint-log.ts"
import { blobsOf } from "./segments.ts"
import type { Store } from "./store.ts"

export interface Eviction extends BlobInfo {
  /** The quickest action that makes it; absent for checkpoints and for what nothing refers to. */
  readonly key?: Hash
  readonly reason: "unused" | "quota"
  /** Milliseconds to make it again. */
  readonly ms: number
  readonly checkpoints: readonly { readonly lineage: Hash; readonly step: number }[]
}

export interface Collection {
  /** Of everything in the store. */
  readonly blobs: number
  readonly bytes: number
  /** Bytes of roots. */
  readonly rooted: number
  /** In the order in which they go. */
  readonly evictions: readonly Eviction[]
  readonly freed: number
  /** Milliseconds to make again all that goes, each action once. */
  readonly ms: number
}

/** Younger files to which nothing refers may belong to work that has not ended. */
const settledMs = 60 * 60 * 1000
/** Work that was stopped longer ago is not taken up again. */
const stoppedMs = 7 * 24 * 60 * 60 * 1000

/** What would go. `quota` in bytes; without it, only what nothing refers to. Removes nothing. */
export const planCollection = async (store: Store, { quota = Infinity, now }: { readonly quota?: number; readonly now: number }): Promise<Collection> => {
  const uses = usesOf(store)
  const roots = rootsOf(store, now)
  const candidates: Eviction[] = []
  let bytes = 0
  let rooted = 0
  let blobs = 0
  for await (const blob of store.blobs.list()) {
    blobs++
    bytes += blob.bytes
    const use = uses.get(blob.hash)
    if (roots.has(blob.hash)) rooted += blob.bytes
    else if (use !== undefined) candidates.push({ hash: blob.hash, bytes: blob.bytes, reason: "quota", ms: use.ms, checkpoints: use.checkpoints, ...(use.key === undefined ? {} : { key: use.key }) })
    else if (blob.modifiedAt === undefined || now - blob.modifiedAt > settledMs) candidates.push({ hash: blob.hash, bytes: blob.bytes, reason: "unused", ms: 0, checkpoints: [] })
  }
  // Below a millisecond all work costs the same; of equal weights the larger goes first.
  const weight = ({ bytes: size, ms, reason }: Eviction): number => (reason === "unused" ? Infinity : size / Math.max(1, ms))
  candidates.sort((a, b) => (weight(a) === weight(b) ? b.bytes - a.bytes || (a.hash < b.hash ? -1 : 1) : weight(b) - weight(a)))
  let freed = 0
  const evictions = candidates.filter((one) => {
    if (one.reason === "quota" && bytes - freed <= quota) return false
    freed += one.bytes
    return true
  })
  const remade = new Map(evictions.map(({ key, hash, ms }) => [key ?? hash, ms]))
  return { blobs, bytes, rooted, evictions, freed, ms: [...remade.values()].reduce((sum, ms) => sum + ms, 0) }
}

/** Throws away what was planned; what has come to be a root meanwhile stays. Gives back the bytes freed until `signal`. */
export const collect = async (store: Store, { evictions }: Collection, { now, signal, onProgress }: { readonly now: number; readonly signal?: AbortSignal; readonly onProgress?: (done: number) => void }): Promise<number> => {
  const roots = rootsOf(store, now)
  let freed = 0
  let done = 0
  for (const { hash, bytes, checkpoints } of evictions) {
    if (signal?.aborted === true) break
    onProgress?.(++done)
    if (roots.has(hash)) continue
    // The record first: one that is there stands for a blob.
    for (const { lineage, step } of checkpoints) await store.checkpoints.remove(lineage, step)
    await store.blobs.remove(hash)
    freed += bytes
  }
  return freed
}

interface Use {
  ms: number
  key: Hash | undefined
  readonly checkpoints: { readonly lineage: Hash; readonly step: number }[]
}

const usesOf = (store: Store): ReadonlyMap<Hash, Use> => {
  const uses = new Map<Hash, Use>()
  for (const [key, action] of store.actions.all()) {
    for (const { hash } of outputsOf(action)) {
      const use = uses.get(hash)
      if (use === undefined) uses.set(hash, { ms: action.ms, key, checkpoints: [] })
      else if (action.ms < use.ms) Object.assign(use, { ms: action.ms, key })
    }
  }
  for (const [lineage, { hash, step, ms = 0 }] of store.checkpoints.all()) {
    const use = uses.get(hash) ?? { ms, key: undefined, checkpoints: [] }
    use.checkpoints.push({ lineage, step })
    uses.set(hash, use)
  }
  return uses
}

const outputsOf = ({ outputs }: Action): readonly BlobInfo[] => Object.values(outputs).flatMap(blobsOf)

const rootsOf = (store: Store, now: number): ReadonlySet<Hash> => {
  const keys = [...store.notes.currentKeys(), ...store.pins.names().flatMap((name) => store.pins.heldBy(name))]
  const roots = new Set<Hash>(store.leases.inUse())
  for (const key of keys) {
    const action = store.actions.get(key)
    if (action !== undefined) for (const { hash } of outputsOf(action)) roots.add(hash)
  }
  const newest = new Map<Hash, CheckpointRecord>()
  for (const [lineage, record] of store.checkpoints.all()) newest.set(lineage, record)
  for (const { end, at = 0, hash } of newest.values()) if (!end && now - at < stoppedMs) roots.add(hash)
  return roots
}
