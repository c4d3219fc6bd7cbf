/**
 * Nodes that become sub-graphs while running. What they become is told by their key; as long as that stays, so do the nodes
 * inside. When it changes, the old nodes and the new are compared like those of two graphs. SPEC G11, P19.
 */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../base/assert.ts"
import { withOne } from "../base/few.ts"
import type { Hash } from "../base/hash.ts"
import { expandNode, type Expansion } from "../graph/expand.ts"
import type { Ref } from "../graph/graph.ts"
import { changesBetween, tableOf } from "../graph/node-table.ts"
import type { Difference } from "../base/trie.ts"
import type { Placed } from "../graph/node-table.ts"
import type { Outcome } from "./event.ts"
import type { NodeRecord, Records } from "./node-record.ts"
import type { StoredOutput } from "../store/segments.ts"

/** What a node became, and under which key. */
export interface Expanded extends Expansion {
  readonly key: Hash
}

export interface Expanding {
  /** Under its key the node is this: an outcome, a failure in words, or undefined while it waits for what is inside or for values. */
  readonly visit: (record: NodeRecord, key: Hash) => Outcome | string | undefined
  /** Expanded nodes went away or were switched off: so does what is inside. */
  readonly prune: (removed: Iterable<NodeRecord>) => void
}

export interface ExpandingOptions {
  readonly records: Records
  /** Values of the strict inputs, when they have been read. */
  readonly valuesOf: (record: NodeRecord) => { readonly [port: string]: unknown } | "reading"
  /** Whether a node is in the graph itself, inside of none. */
  readonly isCommitted: (path: string) => boolean
  /** Nodes inside an expanded one are others now. */
  readonly take: (changes: readonly Difference<Placed>[]) => void
  readonly require: (record: NodeRecord, sources: readonly NodeRecord[]) => boolean
  readonly blockedBy: (record: NodeRecord) => Outcome | undefined
  readonly outputOf: (ref: Ref) => StoredOutput
}

export const makeExpanding = ({ records, valuesOf, isCommitted, take, require, blockedBy, outputOf }: ExpandingOptions): Expanding => {
  const expanded = new Map<NodeRecord, Expanded>()
  /** True when nodes came, went or are others: everything is planned again. */
  const change = (record: NodeRecord, next: Expanded | undefined): boolean => {
    const before = expanded.get(record)
    if (next === undefined) expanded.delete(record)
    else expanded.set(record, next)
    const changes = changesBetween(tableOf(before?.nodes ?? []), tableOf(next?.nodes ?? [])).filter(({ key }) => !isCommitted(key))
    if (changes.length > 0) take(changes.map((one) => placedWithin(record, next?.nodes.length ?? 0, one)))
    return changes.length > 0
  }
  /** The node waits for what is inside as for its sources. */
  const link = (record: NodeRecord, inside: readonly NodeRecord[]): void => {
    if (inside.every((one) => record.sources.includes(one))) return
    record.sources = [...new Set([...record.sources, ...inside])]
    for (const one of inside) one.dependants = withOne(one.dependants, record)
  }
  return {
    visit: (record, key) => {
      const known = expanded.get(record)
      if (known?.key !== key || known.nodes.some(({ path }) => isCommitted(path))) {
        const values = valuesOf(record)
        if (values === "reading") return undefined
        const next = expandNode(record.node, values, (path) => records.get(path)?.node)
        const taken = E.isRight(next) ? next.right.nodes.find(({ path }) => isCommitted(path)) : undefined
        const isChanged = change(record, E.isLeft(next) || taken !== undefined ? undefined : { ...next.right, key })
        if (E.isLeft(next)) return next.left
        if (taken !== undefined) return `it expands to a node ${taken.path}, and there is one of that path`
        if (isChanged) return undefined
      }
      const { outputs } = must(expanded.get(record), "expansion")
      const inside = [...new Set(Object.values(outputs).map(({ node }) => node))].map((path) => records.get(path)).filter((one) => one !== undefined)
      link(record, inside)
      if (require(record, inside)) return undefined
      return blockedBy(record) ?? { state: "held", by: "expansion", outputs: Object.fromEntries(Object.entries(outputs).map(([port, ref]) => [port, outputOf(ref)])) }
    },
    prune: (removed) => {
      const gone = new Set(removed)
      for (const record of [...expanded.keys()]) if (gone.has(record) || record.off !== undefined) change(record, undefined)
    },
  }
}

/** Inside a node: after its sources, before itself. */
const placedWithin = ({ index, sources }: NodeRecord, count: number, one: Difference<Placed>): Difference<Placed> => {
  if (one.after === undefined) return one
  const from = Math.max(index - 1, ...sources.filter((source) => source.index < index).map((source) => source.index))
  return { ...one, after: { ...one.after, position: from + ((index - from) * (one.after.position + 1)) / (count + 1) } }
}
