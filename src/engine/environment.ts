/**
 * Parts of keys that lie outside the graph: code versions, the device's family, files. Looked at after every commit,
 * once for each kind and file, never for each node. SPEC K4-K6.
 */
import { messageOf } from "../base/message.ts"
import { seedOf, type FilePart } from "../graph/key.ts"
import type { Signature } from "../graph/signature.ts"
import type { Kind } from "./kind.ts"
import type { NodeRecord } from "./node-record.ts"

export interface EnvironmentOptions {
  /** The graph's seed. */
  readonly seed: string
  /** Of a kind's own sources; see code-version.ts. */
  readonly codeVersion: (kind: Kind) => Promise<string>
  /** Asked once, and only when some kind computes on the device. */
  readonly deviceFamily: () => Promise<string>
  readonly fingerprint: (files: readonly string[]) => Promise<readonly FilePart[]>
  /** Code that may have been loaded already is no longer what is on disk. */
  readonly onCodeChanged: () => void
}

export interface Environment {
  readonly codeOf: (kind: Signature) => string
  /** Why the kind's code version could not be had, if it could not. */
  readonly problemOf: (kind: Signature) => string | undefined
  readonly deviceFamily: () => string
  readonly seed: string
  /** The seed of a node's random stream; the same for every kind that is not `seeded`. */
  readonly streamOf: (record: NodeRecord) => string
  /** The set of nodes changed: group them again. */
  readonly regroup: (records: Iterable<NodeRecord>) => void
  /** Looks again, and gives back the nodes whose keys may have changed by it. */
  readonly refresh: () => Promise<readonly NodeRecord[]>
}

export const makeEnvironment = (options: EnvironmentOptions): Environment => {
  const codes = new Map<Signature, string>()
  const problems = new Map<Signature, string>()
  const codesById = new Map<string, string>()
  let byKind = new Map<Signature, NodeRecord[]>()
  let family: string | undefined
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
    const changed = codes.get(kind) !== code
    codes.set(kind, code)
    return changed
  }
  const refreshFiles = async (record: NodeRecord): Promise<boolean> => {
    const files = await options.fingerprint(filesOf(record))
    const changed = files.length !== record.files.length || files.some(({ hash }, i) => hash !== record.files[i]?.hash)
    record.files = files
    return changed
  }
  return {
    seed: options.seed,
    codeOf: (kind) => codes.get(kind) ?? "",
    problemOf: (kind) => problems.get(kind),
    deviceFamily: () => family ?? "",
    streamOf: ({ node }) => (node.kind.seeded === true ? seedOf(options.seed, node.salt) : "unseeded"),
    regroup: (records) => {
      byKind = new Map()
      for (const record of records) {
        const group = byKind.get(record.node.kind)
        if (group === undefined) byKind.set(record.node.kind, [record])
        else group.push(record)
      }
      for (const kind of codes.keys()) if (!byKind.has(kind)) codes.delete(kind)
    },
    refresh: async () => {
      const changed: NodeRecord[] = []
      // Together: bundling waits for a compiler in another process.
      const recoded = new Map(await Promise.all([...byKind.keys()].map(async (kind) => [kind, await refreshCode(kind)] as const)))
      for (const [kind, records] of byKind) {
        if (recoded.get(kind) === true) changed.push(...records)
        if (kind.onDevice === true) family ??= await options.deviceFamily()
        if (kind.files === undefined) continue
        for (const record of records) if (await refreshFiles(record)) changed.push(record)
      }
      return changed
    },
  }
}

/** A kind that cannot say which files it reads says so when it runs; the key goes on without them. */
const filesOf = ({ node }: NodeRecord): readonly string[] => {
  try {
    return node.kind.files?.(node.params as never) ?? []
  } catch {
    return []
  }
}
