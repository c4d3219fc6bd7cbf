/**
 * What the engine knows of one node path, across revisions: changed by `revision.ts` (edits) and `settling.ts` (results),
 * read by everything else. What few nodes have and one part of the engine knows (what they became, what was read to
 * decide over them, what was forced) is kept there: there are very many records.
 */
import { noFew, type Few } from "../base/few.ts"
import type { Hash } from "../base/hash.ts"
import type { Listed } from "../base/listed.ts"
import type { ReadonlyTextMap } from "../base/text-map.ts"
import type { FilePart, KeyParts } from "../graph/key.ts"
import type { Node } from "../graph/graph.ts"
import type { LiveEdges } from "../graph/live-edges.ts"
import type { Progress } from "./context.ts"
import type { Wanted } from "./demand.ts"
import type { KindNow } from "./environment.ts"
import type { Why } from "./event.ts"
import type { LastRun } from "./last-run.ts"
import type { OutputBlobs } from "./transport.ts"

/**
 * `clean`: the outcome is valid for this revision. `check`: something upstream may have changed. `dirty`: a part of the
 * node's own key may have changed.
 */
export type Mark = "clean" | "check" | "dirty"

export interface NodeRecord extends Listed, Wanted {
  node: Node
  readonly path: string
  /** Of its kind; kept by `environment.ts`. */
  kindNow: KindNow | undefined
  /** Greater than those of its sources. */
  index: number
  sources: readonly NodeRecord[]
  dependants: Few<NodeRecord>
  /** Unless this is `clean`, the record is in the engine's list of stale ones. */
  mark: Mark
  /** Content hashes of `kind.files`, as of the last refresh. */
  files: readonly FilePart[]
  /** The newest key computed, and what it was made of. */
  parts: KeyParts | undefined
  key: Hash | undefined
  /** The key whose result `outputs` are. */
  doneKey: Hash | undefined
  outputs: OutputBlobs | undefined
  /** The provisional key; that of a node that reads no stream is its key. Undefined of one that was set aside and shows what others made. */
  keyAhead: Hash | undefined
  /** The revision that `outcome` is valid for. */
  revision: number
  /** Key of the work in flight whose result this node takes. */
  awaited: Hash | undefined
  /** Why the work in flight was started for this node. */
  why: Why | undefined
  progress: Progress | undefined
  /** The disabled node by which this one is off. */
  off: string | undefined
  /** Sources that the node needs in the current plan, and how many of them have not settled yet. */
  needed: readonly NodeRecord[]
  waiting: number
  /** It is to be visited in the current plan and has not settled yet. */
  pending: boolean
  /** The edges that are in `parts`. */
  edges: LiveEdges | undefined
  /** Its key was computed in the current plan. */
  decided: boolean
  /** Why a result that was in the store had to be thrown away. */
  evicted: string | undefined
  /** What the store remembers of the node's last run; null when nothing, undefined when not looked up yet. */
  last: LastRun | null | undefined
}

/** All nodes, by path. */
export type Records = ReadonlyTextMap<NodeRecord>

const noFiles: readonly FilePart[] = []
const noRecords: readonly NodeRecord[] = []

export const makeNodeRecord = (node: Node): NodeRecord => ({
  node,
  path: node.path,
  kindNow: undefined,
  index: 0,
  sources: noRecords,
  dependants: noFew,
  mark: "clean",
  listedAt: -1,
  wantedBy: noFew,
  files: noFiles,
  parts: undefined,
  key: undefined,
  doneKey: undefined,
  outputs: undefined,
  keyAhead: undefined,
  outcome: undefined,
  revision: 0,
  awaited: undefined,
  why: undefined,
  progress: undefined,
  off: undefined,
  needed: noRecords,
  waiting: 0,
  pending: false,
  edges: undefined,
  decided: false,
  evicted: undefined,
  last: undefined,
})

/** The node that an edge of `record` comes from. While its sources are few, to look at each is cheaper than to ask the map of all nodes. */
export const sourceAt = (records: Records, { sources }: NodeRecord, path: string): NodeRecord | undefined =>
  (sources.length <= 8 ? sources.find((source) => source.path === path) : undefined) ?? records.get(path)

/** The node has the outputs of its present key. */
export const takeResult = (record: NodeRecord, outputs: OutputBlobs): void => {
  record.doneKey = record.key
  record.outputs = outputs
  record.evicted = undefined
}
