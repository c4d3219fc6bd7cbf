/**
 * What ran in this store: one record a run, written when it begins and again when it ends, and for each node the results
 * it came to have. Many processes may write. Growth is bounded: the oldest runs, results and graphs are forgotten. Losing
 * all of it costs the history, nothing else. SPEC W11.
 */
import { randomUUID } from "node:crypto"
import type { Hash } from "../base/hash.ts"
import type { Json } from "../base/json.ts"
import type { Table } from "./tables.ts"

/** How a run ended; `running` when it did not, or not yet. */
export type RunState = "running" | "done" | "failed" | "stopped"

export interface RunRecord {
  /** Sorts by time. */
  readonly id: string
  /** Of the run, as in `runs/NAME`. */
  readonly name: string
  /** Of the graph. */
  readonly graph: string
  readonly args: readonly string[]
  /** When it began, and when it was last known to go on; milliseconds since the epoch. */
  readonly at: number
  readonly seen: number
  readonly seed: string
  readonly device: string
  readonly jobs: number
  readonly pid: number
  readonly host: string
  readonly state: RunState
  readonly exit?: number
  readonly ms?: number
  readonly counts?: { readonly [state: string]: number }
  /** Of the nodes with a metric, its values. */
  readonly metrics?: { readonly [node: string]: Json }
  /** Under which `graphOf` has the graph. */
  readonly digest?: Hash
  /** The run that it found to hold still, so that it loaded no graph. */
  readonly repeats?: string
}

/** A result that a node came to have, or a failure. */
export interface PastResult {
  readonly key: Hash
  readonly run: string
  readonly at: number
  readonly state: "ran" | "reused" | "failed"
  readonly ms: number
  readonly outputs: { readonly [port: string]: Hash }
  readonly value?: Json
  readonly error?: string
}

export interface RunLog {
  /** Writes a new record and gives it back with its id. Records that cannot be written are dropped. */
  readonly begin: (record: Omit<RunRecord, "id" | "seen" | "state">) => RunRecord
  readonly update: (record: RunRecord) => void
  /** A run that was over at once. It does not count as one that began (`begunLast`). */
  readonly add: (record: Omit<RunRecord, "id" | "seen">) => void
  /** The id of the run of the graph that began last. */
  readonly begunLast: (graph: string) => string | undefined
  /** The newest first. */
  readonly runs: () => readonly RunRecord[]
  /** The newest first. */
  readonly resultsOf: (graph: string, node: string) => readonly PastResult[]
  /** The key of the newest result. */
  readonly newestKey: (graph: string, node: string) => Hash | undefined
  readonly addResult: (graph: string, node: string, result: PastResult) => void
  /** What is kept of a graph beside its runs, by `RunRecord.digest`. */
  readonly graphOf: (digest: Hash) => Json | undefined
  /** The digest that `putGraph` was last given for the graph called `name`. */
  readonly latestGraph: (name: string) => Hash | undefined
  readonly putGraph: (name: string, digest: Hash, graph: Json) => void
}

const mostRuns = 500
const mostResults = 50
/** Removed together, so that not every run removes one. */
const slack = 50

// No path has a # in it.
const resultsPrefix = (graph: string, node: string): string => `result/${graph}:${node}#`

const isRun = (value: unknown): value is RunRecord => typeof (value as RunRecord | undefined)?.id === "string"

export const openRunLog = (table: Table): RunLog => {
  const put = (key: string, value: unknown): void => table.post(key, value as Json)
  const remove = (key: string): void => void table.remove(key).catch(() => undefined)
  const runs = (): readonly RunRecord[] => table.keys("run/").map((key): unknown => table.get(key)).filter(isRun).reverse()
  const prune = (): void => {
    if (table.keys("run/").length <= mostRuns + slack) return
    const all = runs()
    for (const { id } of all.slice(mostRuns)) remove(`run/${id}`)
    const held = new Set(all.slice(0, mostRuns).map(({ digest }) => `graph/${digest}`))
    for (const key of table.keys("graph/")) if (!held.has(key)) remove(key)
    const oldest = all[mostRuns - 1]?.id ?? ""
    const results = table.keys("result/")
    // In order of nodes, and of each node the newest last: that stays.
    results.forEach((key, i) => {
      const run = key.lastIndexOf("#") + 1
      if (key.slice(run) < oldest && results[i + 1]?.startsWith(key.slice(0, run)) === true) remove(key)
    })
  }
  const add = (about: Omit<RunRecord, "id" | "seen">): RunRecord => {
    prune()
    const record: RunRecord = { ...about, id: `${String(about.at).padStart(15, "0")}-${randomUUID().slice(0, 8)}`, seen: about.at }
    put(`run/${record.id}`, record)
    return record
  }
  return {
    add,
    begin: (about) => {
      const record = add({ ...about, state: "running" })
      put(`begun/${about.graph}`, record.id)
      return record
    },
    begunLast: (name) => {
      const id = table.get(`begun/${name}`)
      return typeof id === "string" ? id : undefined
    },
    update: (record) => put(`run/${record.id}`, record),
    runs,
    resultsOf: (graph, node) => table.keys(resultsPrefix(graph, node)).map((key) => table.get(key) as unknown as PastResult).reverse(),
    newestKey: (graph, node) => table.get(`newest/${graph}:${node}`) as Hash | undefined,
    addResult: (graph, node, result) => {
      const prefix = resultsPrefix(graph, node)
      put(`${prefix}${result.run}`, result)
      put(`newest/${graph}:${node}`, result.key)
      const old = table.keys(prefix)
      if (old.length > mostResults) for (const key of old.slice(0, old.length - mostResults)) remove(key)
    },
    graphOf: (digest) => table.get(`graph/${digest}`),
    latestGraph: (name) => table.get(`latest/${name}`) as Hash | undefined,
    putGraph: (name, digest, graph) => {
      put(`latest/${name}`, digest)
      if (table.get(`graph/${digest}`) === undefined) put(`graph/${digest}`, graph)
    },
  }
}
