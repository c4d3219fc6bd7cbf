/** The report of a graph that is alive: as a run would leave it now. */
import * as E from "fp-ts/lib/Either.js"
import type { Engine } from "../../src/engine/engine.ts"
import type { Graph } from "../../src/graph/graph.ts"
import type { Store } from "../../src/store/store.ts"
import { makeRunOutcomes } from "../command/run-outcomes.ts"

export const liveReport = async (graph: Graph, engine: Engine, store: Store, facts: readonly (readonly [string, string])[]): Promise<string> => {
  const outcomes = makeRunOutcomes(graph, async (hash) => {
    const blob = await store.blobs.get(hash)
    return E.isRight(blob) ? blob.right : undefined
  }, () => undefined)
  for (const path of graph.nodes.keys()) {
    const { phase, outcome } = engine.state(path)
    if (outcome !== undefined && phase !== "stale" && phase !== "running") outcomes.add(path, outcome)
  }
  await outcomes.settled()
  const { reportPage } = await import("../report/page.ts")
  return reportPage({ graph, nodes: await outcomes.reports(true), facts, cells: [] }, "live")
}
