/**
 * Parts of keys that lie outside the graph: code versions, the device's family, files. Looked at after every commit,
 * once for each kind and each file, never for each node. SPEC K4-K6, P9.
 */
import type { Clock } from "../base/clock.ts"
import { messageOf } from "../base/message.ts"
import { seedOf, type FilePart } from "../graph/key.ts"
import type { Signature } from "../graph/signature.ts"
import { makeFileWatch } from "./file-watch.ts"
import type { Kind } from "./kind.ts"
import type { NodeRecord, Records } from "./node-record.ts"
import { hasStreams, readsStreams } from "./stream/job-streams.ts"

export interface EnvironmentOptions {
  readonly records: Records
  /** The graph's seed. */
  readonly seed: string
  /** Of a kind's own sources; see code-version.ts. */
  readonly codeVersion: (kind: Kind) => Promise<string>
  /** Asked once, and only when some kind computes on the device. */
  readonly deviceFamily: () => Promise<string>
  readonly fingerprint: (files: readonly string[]) => Promise<readonly FilePart[]>
  readonly clock: Clock
  readonly revision: () => number
  /** Code that may have been loaded already is no longer what is on disk. */
  readonly onCodeChanged: () => void
}

export interface Environment {
  readonly deviceFamily: () => string
  readonly seed: () => string
  readonly reseed: (seed: string) => void
  /** The seed of a node's random stream; the same for every kind that is not `seeded`. */
  readonly streamOf: (record: NodeRecord) => string
  /** The node is new, or another one than before. */
  readonly enter: (record: NodeRecord) => void
  /** The node is gone. */
  readonly leave: (record: NodeRecord) => void
  /** Looks again, and gives back the nodes whose keys may have changed by it. */
  readonly refresh: () => Promise<readonly NodeRecord[]>
}

/** What is known of a kind at present, for all nodes of it. */
export interface KindNow {
  readonly kind: Signature
  /** Whether any port is a stream, and any input. */
  readonly hasStreams: boolean
  readonly readsStreams: boolean
  /** Undefined before it was looked for. */
  code: string | undefined
  /** Why the code version could not be had, if it could not. */
  problem: string | undefined
  /** Of a volatile kind: what its results are of. */
  slot: string | undefined
  /** How many nodes there are. */
  count: number
  /** Of a volatile kind, because they are looked for after every commit; those of others are found among all when their code has changed. */
  readonly nodes: Set<NodeRecord> | undefined
}

export const makeEnvironment = (options: EnvironmentOptions): Environment => {
  const kinds = new Map<Signature, KindNow>()
  const codesById = new Map<string, string>()
  const files = makeFileWatch(options.fingerprint)
  // Revisions are counted from 1 in every process.
  const started = options.clock.wall()
  let family: string | undefined
  let { seed } = options
  const refreshCode = async (now: KindNow): Promise<boolean> => {
    const { kind } = now
    now.problem = undefined
    const code = await options.codeVersion(kind as Kind).catch((error: unknown) => {
      now.problem = messageOf(error)
      return `unknown: ${now.problem}`
    })
    const known = codesById.get(kind.id)
    if (known !== undefined && known !== code) options.onCodeChanged()
    codesById.set(kind.id, code)
    const before = now.code
    now.code = code
    // Nodes of a kind that was not there before are dirty as they are.
    return before !== undefined && before !== code
  }
  const refreshSlot = (now: KindNow): boolean => {
    const { volatile } = now.kind
    if (volatile === undefined) return false
    const slot = volatile === "revision" ? `revision ${options.revision()} since ${started}` : `${Math.floor(options.clock.wall() / volatile.everyMs)} of ${volatile.everyMs} ms`
    const changed = now.slot !== slot
    now.slot = slot
    return changed
  }
  const leave = (record: NodeRecord): void => {
    const now = record.kindNow
    if (now === undefined) return
    record.kindNow = undefined
    files.leave(record)
    now.nodes?.delete(record)
    if (--now.count === 0) kinds.delete(now.kind)
  }
  const nodesOf = (now: KindNow): readonly NodeRecord[] => [...(now.nodes ?? [...options.records.values()].filter(({ kindNow }) => kindNow === now))]
  return {
    seed: () => seed,
    reseed: (next) => {
      seed = next
    },
    deviceFamily: () => family ?? "",
    streamOf: ({ node }) => (node.kind.seeded === true ? seedOf(seed, node.salt) : "unseeded"),
    enter: (record) => {
      leave(record)
      const { kind } = record.node
      let now = kinds.get(kind)
      if (now === undefined) {
        now = { kind, hasStreams: hasStreams(kind), readsStreams: readsStreams(kind), code: undefined, problem: undefined, slot: undefined, count: 0, nodes: kind.volatile === undefined ? undefined : new Set() }
        kinds.set(kind, now)
      }
      now.count++
      now.nodes?.add(record)
      record.kindNow = now
      files.enter(record)
    },
    leave,
    refresh: async () => {
      const present = [...kinds.values()]
      // Together: bundling waits for a compiler in another process.
      const recoded = await Promise.all(present.map(refreshCode))
      if (family === undefined && present.some(({ kind }) => kind.onDevice === true)) family = await options.deviceFamily()
      const changed = present.filter((now, i) => refreshSlot(now) || recoded[i] === true)
      return [...changed.flatMap(nodesOf), ...(await files.refresh())]
    },
  }
}
