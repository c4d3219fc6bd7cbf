/** Which nodes depend on which files outside the store. Each file is looked at once, however many nodes name it. SPEC K4, K6. */
import { must } from "../base/assert.ts"
import type { FilePart } from "../graph/key.ts"
import type { NodeRecord } from "./node-record.ts"

export interface FileWatch {
  /** `record` is new, or names other files than before; `leave` it first. */
  readonly enter: (record: NodeRecord) => void
  readonly leave: (record: NodeRecord) => void
  /** Looks at every file, sets `record.files` where they changed, and gives those nodes back. */
  readonly refresh: () => Promise<readonly NodeRecord[]>
}

/** `fingerprint` gives one part for each name, in order. */
export const makeFileWatch = (fingerprint: (names: readonly string[]) => Promise<readonly FilePart[]>): FileWatch => {
  const namesOf = new Map<NodeRecord, readonly string[]>()
  const users = new Map<string, Set<NodeRecord>>()
  const known = new Map<string, FilePart>()
  const fresh = new Set<NodeRecord>()
  return {
    enter: (record) => {
      if (record.node.kind.files === undefined) return
      const names = filesOf(record)
      namesOf.set(record, names)
      fresh.add(record)
      for (const name of names) users.set(name, (users.get(name) ?? new Set()).add(record))
    },
    leave: (record) => {
      const names = namesOf.get(record)
      if (names === undefined) return
      namesOf.delete(record)
      fresh.delete(record)
      record.files = []
      for (const name of names) {
        const group = users.get(name)
        group?.delete(record)
        if (group?.size !== 0) continue
        users.delete(name)
        known.delete(name)
      }
    },
    refresh: async () => {
      const changed = new Set(fresh)
      fresh.clear()
      const names = [...users.keys()]
      for (const [i, part] of (await fingerprint(names)).entries()) {
        const name = must(names[i], "name")
        if (known.get(name)?.hash === part.hash) continue
        known.set(name, part)
        for (const record of users.get(name) ?? []) changed.add(record)
      }
      for (const record of changed) record.files = (namesOf.get(record) ?? []).flatMap((name) => known.get(name) ?? [])
      return [...changed]
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
