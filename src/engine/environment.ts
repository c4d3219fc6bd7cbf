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
import type { NodeRecord } from "./node-record.ts"

export interface EnvironmentOptions {
  readonly records: ReadonlyMap<string, NodeRecord>
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
  readonly codeOf: (kind: Signature) => string
  /** Why the kind's code version could not be had, if it could not. */
  readonly problemOf: (kind: Signature) => string | undefined
  readonly deviceFamily: () => string
  /** Of a volatile kind: what its results are of. */
  readonly slotOf: (kind: Signature) => string | undefined
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

/** The nodes of a kind. */
interface Users {
  count: number
  /** Of a volatile kind, because they are looked for after every commit; those of others are found among all when their code has changed. */
  readonly nodes: Set<NodeRecord> | undefined
}

export const makeEnvironment = (options: EnvironmentOptions): Environment => {
  const codes = new Map<Signature, string>()
  const problems = new Map<Signature, string>()
  const codesById = new Map<string, string>()
  const users = new Map<Signature, Users>()
  const files = makeFileWatch(options.fingerprint)
  const slots = new Map<Signature, string>()
  // Revisions are counted from 1 in every process.
  const started = options.clock.wall()
  let family: string | undefined
  let { seed } = options
  const refreshCode = async (kind: Signature): Promise<boolean> => {
    problems.delete(kind)
    const code = await options.codeVersion(kind as Kind).catch((error: unknown) => {
      const problem = messageOf(error)
      problems.set(kind, problem)
      return `unknown: ${problem}`
    })
    const known = codesById.get(kind.id)
    if (known !== undefined && known !== code) options.onCodeChanged()
    codesById.set(kind.id, code)
    const before = codes.get(kind)
    codes.set(kind, code)
    // Nodes of a kind that was not there before are dirty as they are.
    return before !== undefined && before !== code
  }
  const refreshSlot = (kind: Signature): boolean => {
    if (kind.volatile === undefined) return false
    const slot = kind.volatile === "revision" ? `revision ${options.revision()} since ${started}` : `${Math.floor(options.clock.wall() / kind.volatile.everyMs)} of ${kind.volatile.everyMs} ms`
    const changed = slots.get(kind) !== slot
    slots.set(kind, slot)
    return changed
  }
  const leave = (record: NodeRecord): void => {
    files.leave(record)
    const kind = record.counted
    record.counted = undefined
    const group = kind === undefined ? undefined : users.get(kind)
    if (kind === undefined || group === undefined) return
    group.nodes?.delete(record)
    if (--group.count > 0) return
    users.delete(kind)
    codes.delete(kind)
    slots.delete(kind)
  }
  const nodesOf = (kind: Signature): readonly NodeRecord[] => [...(users.get(kind)?.nodes ?? [...options.records.values()].filter(({ counted }) => counted === kind))]
  return {
    seed: () => seed,
    reseed: (next) => {
      seed = next
    },
    codeOf: (kind) => codes.get(kind) ?? "",
    problemOf: (kind) => problems.get(kind),
    deviceFamily: () => family ?? "",
    slotOf: (kind) => slots.get(kind),
    streamOf: ({ node }) => (node.kind.seeded === true ? seedOf(seed, node.salt) : "unseeded"),
    enter: (record) => {
      leave(record)
      const { kind } = record.node
      const group = users.get(kind) ?? { count: 0, nodes: kind.volatile === undefined ? undefined : new Set() }
      if (group.count++ === 0) users.set(kind, group)
      group.nodes?.add(record)
      record.counted = kind
      files.enter(record)
    },
    leave,
    refresh: async () => {
      const kinds = [...users.keys()]
      // Together: bundling waits for a compiler in another process.
      const recoded = await Promise.all(kinds.map(refreshCode))
      if (family === undefined && kinds.some((kind) => kind.onDevice === true)) family = await options.deviceFamily()
      const changed = kinds.filter((kind, i) => refreshSlot(kind) || recoded[i] === true)
      return [...changed.flatMap(nodesOf), ...(await files.refresh())]
    },
  }
}
