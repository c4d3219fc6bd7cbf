/** What hangs on some nodes of a graph: those that depend on them, however far. */
import type { Graph } from "../graph/graph.ts"
import { sourcesOf } from "../graph/node-table.ts"

/** The nodes that are there, and what depends on them, in the order of the graph. */
export const allBelow = (graph: Graph, paths: readonly string[]): readonly string[] => {
  const below = new Set(paths.filter((path) => graph.nodes.has(path)))
  // Every node comes after those it reads from.
  if (below.size > 0) for (const node of graph.nodes.values()) if (sourcesOf(node).some((source) => below.has(source))) below.add(node.path)
  return [...below]
}

/** Of them, those on which nothing depends. */
export const leavesBelow = (graph: Graph, paths: readonly string[]): readonly string[] => {
  const below = allBelow(graph, paths)
  const read = new Set(below.flatMap((path) => sourcesOf(graph.nodes.get(path) ?? { inputs: {} })))
  return below.filter((path) => !read.has(path))
}
