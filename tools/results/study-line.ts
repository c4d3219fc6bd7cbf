/** What a settled study came to, in one line: its verdicts, matrices and curves with intervals, and what each verdict took. */
import * as E from "fp-ts/lib/Either.js"
import { model } from "../../nodes/port/model.ts"
import type { Outcome } from "../../src/engine/event.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { upstreamOf } from "../../src/graph/order.ts"
import { isStream } from "../../src/schema/stream.ts"
import type { Store } from "../../src/store/store.ts"
import type { StudyLine } from "../command/line-schema.ts"
import type { ReadBlob } from "../report/drawables.ts"
import { criteriaOf } from "../report/verdicts-section.ts"
import { drawn, type NodeReport } from "../report/run-report.ts"

export interface Study {
  readonly graph: Graph
  /** With everything that can be drawn. */
  readonly nodes: readonly NodeReport[]
  readonly facts: StudyLine["facts"]
  readonly outcome: (node: string) => Outcome | undefined
  readonly store: Store
  readonly read: ReadBlob
}

/** Undefined where the graph has no criteria. */
export const studyLine = async ({ graph, nodes, facts, outcome, store, read }: Study): Promise<StudyLine | undefined> => {
  const report = { graph, nodes, facts }
  const criteria = criteriaOf(drawn(report, "verdict"))
  if (criteria.length === 0) return undefined
  const cost = await costs(graph, outcome, store, read)
  const total = (keys: Iterable<string>, of: "tokens" | "ms"): number => [...keys].reduce((sum, key) => sum + (cost.get(key)?.[of] ?? 0), 0)
  const keysOf = (paths: Iterable<string>): ReadonlySet<string> => new Set([...paths].flatMap((path) => keyOf(outcome(path)) ?? []))
  return {
    type: "study",
    graph: graph.name,
    facts,
    nodes: graph.nodes.size,
    ms: total(keysOf(graph.nodes.keys()), "ms"),
    verdicts: criteria.map(({ node, value }) => {
      const keys = keysOf(upstream(graph, node.path))
      return { node: node.path, value, tokens: total(keys, "tokens"), ms: total(keys, "ms") }
    }),
    matrices: drawn(report, "matrix").map(({ node, value }) => ({ node: node.path, value })),
    curves: drawn(report, "curve").flatMap(({ node, value }) => (value.series.some(({ band }) => band !== undefined) ? [{ node: node.path, value }] : [])),
  }
}

const keyOf = (outcome: Outcome | undefined): string | undefined => (outcome?.state === "ran" || outcome?.state === "reused" ? outcome.key : undefined)

/** The node itself and all that it was made from. */
const upstream = (graph: Graph, path: string): ReadonlySet<string> => {
  const found = new Set([path])
  for (const each of found) for (const source of upstreamOf(graph.nodes.get(each) as Parameters<typeof upstreamOf>[0])) found.add(source)
  return found
}

interface Cost {
  readonly tokens: number
  readonly ms: number
}

/** By key: time taken, and of what trains, the tokens of its own stage. */
const costs = async (graph: Graph, outcome: (node: string) => Outcome | undefined, store: Store, read: ReadBlob): Promise<ReadonlyMap<string, Cost>> => {
  const found = new Map<string, Cost>()
  for (const { path, kind } of graph.nodes.values()) {
    const ended = outcome(path)
    if ((ended?.state !== "ran" && ended?.state !== "reused") || found.has(ended.key)) continue
    let tokens = 0
    for (const [port, type] of kind.id.startsWith("trainer/") ? Object.entries(kind.outputs) : []) {
      const hash = ended.outputs[port]?.hash
      if (hash === undefined || isStream(type) || type.name !== model.name) continue
      const bytes = await read(hash)
      const decoded = bytes === undefined ? undefined : model.decode(bytes)
      if (decoded !== undefined && E.isRight(decoded)) tokens += decoded.right.meta.stages.at(-1)?.tokens ?? 0
    }
    found.set(ended.key, { tokens, ms: Math.round(store.actions.get(ended.key)?.ms ?? ended.ms) })
  }
  return found
}
