/** Writes a run into the store's log: at its start, now and then while it lasts, with every result, and at its end. SPEC W11. */
import { hostname } from "node:os"
import type { Clock } from "../../src/base/clock.ts"
import { hashBytes, type Hash } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import type { Outcome, Summary } from "../../src/engine/event.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { graphToJson } from "../../src/graph/json.ts"
import type { RunLog, RunRecord } from "../../src/store/run-log.ts"

export interface RunHistory {
  /** A node has ended; `value` is that of its metric. */
  readonly add: (node: string, outcome: Outcome, value: Json | undefined) => void
  /** Gives back the record as it is now. */
  readonly finish: (end: { readonly state: "done" | "failed" | "stopped"; readonly exit: number; readonly ms: number; readonly summary: Summary }) => RunRecord
}

export interface RunAbout extends Pick<RunRecord, "name" | "args" | "seed" | "device" | "jobs"> {
  readonly graph: Graph
}

/** A run that goes on says so this often; one that has been silent for several times as long is taken for killed. */
export const beatMs = 10_000

/** Metrics in the record of a run at most. */
const mostMetrics = 200

export const recordRun = (log: RunLog, clock: Clock, { graph, ...about }: RunAbout): RunHistory => {
  const record = log.begin({ ...about, graph: graph.name, at: clock.wall(), pid: process.pid, host: hostname() })
  const metrics: Record<string, Json> = {}
  const ended = new Map<string, Outcome>()
  const beat = setInterval(() => log.update({ ...record, seen: clock.wall() }), beatMs)
  beat.unref()
  const addResult = (node: string, outcome: Outcome, value: Json | undefined): void => {
    if (outcome.state !== "ran" && outcome.state !== "reused" && outcome.state !== "failed") return
    const result = outcome.state === "failed" ? { outputs: {}, error: outcome.message } : { outputs: Object.fromEntries(Object.entries(outcome.outputs).map(([port, { hash }]) => [port, hash])) }
    log.addResult(graph.name, node, { key: outcome.key, run: record.id, at: clock.wall(), state: outcome.state, ms: Math.round(outcome.ms), ...result, ...(value === undefined ? {} : { value }) })
  }
  return {
    add: (node, outcome, value) => {
      ended.set(node, outcome)
      if (value !== undefined && Object.keys(metrics).length < mostMetrics) metrics[node] = value
      if (outcome.state !== "reused") addResult(node, outcome, value)
    },
    finish: ({ state, exit, ms, summary }) => {
      clearInterval(beat)
      const keys = [...graph.nodes.keys()].map((path) => [path, keyOf(ended.get(path))] as const)
      const digest = hashBytes(keys.map(([path, key]) => `${path} ${key ?? ""}`).join("\n"))
      // Most runs have the keys of the run before: nothing to add.
      if (log.latestGraph(graph.name) !== digest) {
        log.putGraph(graph.name, digest, { graph: graphToJson(graph), keys: Object.fromEntries(keys.filter(([, key]) => key !== undefined)) })
        for (const [path, outcome] of ended) if (outcome.state === "reused" && log.newestKey(graph.name, path) !== outcome.key) addResult(path, outcome, metrics[path])
      }
      const { ms: _, ...counts } = summary
      const finished = { ...record, seen: clock.wall(), state, exit, ms: Math.round(ms), counts, digest, ...(Object.keys(metrics).length > 0 ? { metrics } : {}) }
      log.update(finished)
      return finished
    },
  }
}

const keyOf = (outcome: Outcome | undefined): Hash | undefined => (outcome !== undefined && "key" in outcome ? outcome.key : undefined)
