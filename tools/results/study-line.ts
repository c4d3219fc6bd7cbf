/** What a settled study came to, in one line: its verdicts, matrices and curves with intervals, and what each verdict took. */
import type { Outcome } from "../../src/engine/event.ts"
import type { Graph, Node } from "../../src/graph/graph.ts"
import { upstreamOf } from "../../src/graph/order.ts"
import type { Store } from "../../src/store/store.ts"
import type { StudyLine } from "../command/line-schema.ts"
import { criteriaOf } from "../report/verdicts-section.ts"
import { drawn, type NodeReport } from "../report/run-report.ts"

export interface Study {
  readonly graph: Graph
  /** With everything that can be drawn. */
  readonly nodes: readonly NodeReport[]
  readonly facts: StudyLine["facts"]
  readonly outcome: (node: string) => Outcome | undefined
  readonly store: Store
}

/** Undefined where the graph has no criteria. */
export const studyLine = ({ graph, nodes, facts, outcome, store }: Study): StudyLine | undefined => {
  const report = { graph, nodes, facts }
  const criteria = criteriaOf(drawn(report, "verdict"))
  if (criteria.length === 0) return undefined
  const cost = costs({ graph, nodes, outcome, store })
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

/** By key. */
const costs = ({ graph, nodes, outcome, store }: Pick<Study, "graph" | "nodes" | "outcome" | "store">): ReadonlyMap<string, Cost> => {
  const found = new Map<string, Cost>()
  for (const report of nodes) {
    const ended = outcome(report.path)
    if ((ended?.state !== "ran" && ended?.state !== "reused") || found.has(ended.key)) continue
    found.set(ended.key, { tokens: tokensOf(graph.nodes.get(report.path), report), ms: Math.round(store.actions.get(ended.key)?.ms ?? ended.ms) })
  }
  return found
}

/** Of what trains on windows of tokens: as many steps as its curve has, times what a step reads. */
const tokensOf = (node: Node | undefined, { drawables }: NodeReport): number => {
  const { batch, context } = node?.params ?? {}
  if (typeof batch !== "number" || typeof context !== "number") return 0
  const steps = drawables.flatMap((item) => (item.view === "curve" && item.value.x === "steps" ? item.value.series.map(({ points }) => points.at(-1)?.[0] ?? 0) : []))
  return Math.max(0, ...steps) * batch * context
}
