/** Collects how the nodes of one run ended, as lines and for the report, and reads the metrics among their results. */
import type { Hash } from "../../src/base/hash.ts"
import type { Json } from "../../src/base/json.ts"
import type { Outcome } from "../../src/engine/event.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { drawablesOf, type ReadBlob } from "../report/drawables.ts"
import type { Drawable, NodeReport } from "../report/run-report.ts"
import { describeWhy } from "../../src/engine/describe-why.ts"
import { outputsOf, whyNot } from "../../src/engine/why-not.ts"
import { nodeLine } from "./run-lines.ts"

export interface RunOutcomes {
  /** Takes an outcome; its line is handed on as soon as its metric is read, in the order of the calls. */
  readonly add: (node: string, outcome: Outcome) => void
  /** Resolves when every line has been handed on. */
  readonly settled: () => Promise<void>
  readonly lines: readonly Json[]
  /** Of the nodes that have a result. */
  readonly keys: () => readonly Hash[]
  /** Nodes in the graph's order, with metrics only (`full`: with everything that can be drawn). */
  readonly reports: (full: boolean) => Promise<readonly NodeReport[]>
  /** What a report depends on. */
  readonly identity: () => Json
  /** Failures with stack traces, for `--debug`. */
  readonly stacks: () => readonly string[]
}

/** `onLine` gets the line of a node, `onEnded` how it ended with the values of its metric. */
export const makeRunOutcomes = (graph: Graph, read: ReadBlob, onLine: (line: Json) => void, onEnded: (node: string, outcome: Outcome, value: Json | undefined) => void = () => undefined): RunOutcomes => {
  const outcomes = new Map<string, Outcome>()
  const metrics = new Map<string, readonly Drawable[]>()
  const lines: Json[] = []
  let queue = Promise.resolve()
  const hasMetric = (path: string): boolean => Object.values(graph.nodes.get(path)?.kind.outputs ?? {}).some((type) => type.view === "metric")
  const drawables = async (path: string, outcome: Outcome, metricsOnly: boolean): Promise<readonly Drawable[]> => {
    const node = graph.nodes.get(path)
    const outputs = outputsOf(outcome)
    if (node === undefined || outputs === undefined) return []
    return drawablesOf(node, outputs, read, metricsOnly ? ["metric"] : undefined)
  }
  return {
    lines,
    add: (path, outcome) => {
      outcomes.set(path, outcome)
      queue = queue.then(async () => {
        const found = hasMetric(path) ? await drawables(path, outcome, true) : []
        metrics.set(path, found)
        const value = valueOf(found)
        onEnded(path, outcome, value)
        const line = nodeLine(path, outcome, value)
        if (line === undefined) return
        lines.push(line)
        onLine(line)
      })
    },
    settled: () => queue,
    keys: () => [...outcomes.values()].flatMap((outcome) => (outcome.state === "ran" || outcome.state === "reused" ? [outcome.key] : [])),
    reports: (full) =>
      Promise.all(
        [...graph.nodes.values()].map(async (node) => {
          const outcome = outcomes.get(node.path)
          if (outcome === undefined) return { path: node.path, id: node.kind.id, state: "unneeded", why: "nothing needs it", ms: 0, drawables: [] }
          return nodeReport(node.path, node.kind.id, outcome, full ? await drawables(node.path, outcome, false) : metrics.get(node.path) ?? [])
        }),
      ),
    identity: () =>
      [...graph.nodes.keys()].map((path) => {
        const outcome = outcomes.get(path)
        if (outcome === undefined || outcome.state === "cancelled") return null
        if (outcome.state === "failed") return [outcome.key, outcome.message]
        return "cause" in outcome ? outcome.cause : Object.entries(outcome.outputs).map(([port, { hash }]) => [port, hash])
      }),
    stacks: () => [...outcomes].flatMap(([path, outcome]) => (outcome.state === "failed" && outcome.stack !== undefined ? [`${path}: ${outcome.stack}`] : [])),
  }
}

/** The values of a node's metric; by title when it has several. */
const valueOf = (drawables: readonly Drawable[]): Json | undefined => {
  const metrics = drawables.flatMap((item) => (item.view === "metric" ? [item.value] : []))
  const [first] = metrics
  return metrics.length > 1 ? Object.fromEntries(metrics.map(({ title, values }) => [title, values])) : first?.values
}

const nodeReport = (path: string, id: string, outcome: Outcome, drawables: readonly Drawable[]): NodeReport => {
  const about = { path, id, state: outcome.state, drawables }
  switch (outcome.state) {
    case "ran":
      return { ...about, why: describeWhy(outcome.why), ms: outcome.ms, key: outcome.key }
    case "reused":
      return { ...about, why: "", ms: outcome.ms, key: outcome.key }
    case "failed":
      return { ...about, why: outcome.message, ms: outcome.ms, key: outcome.key }
    default:
      return { ...about, why: whyNot(outcome), ms: 0 }
  }
}
