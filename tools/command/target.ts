/** `--target NODE`: the part of a graph that the targets need; nothing else of it is there for the run. */
import * as E from "fp-ts/lib/Either.js"
import { splitCell } from "../../src/graph/cell.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { matchesPath } from "../../src/graph/override.ts"
import { upstreamOf } from "../../src/graph/order.ts"
import { hint } from "../../src/schema/closest.ts"

/** `*` in a target fits any characters, and the path of a node that is swept means all its cells. All of the graph without targets; left is a sentence for standard error. */
export const neededFor = (targets: readonly string[], graph: Graph): E.Either<string, Graph> => {
  if (targets.length === 0) return E.right(graph)
  const paths = [...graph.nodes.keys()]
  const queue: string[] = []
  for (const target of targets) {
    const found = paths.filter((path) => [path, splitCell(path).path].some((one) => one === target || matchesPath(target, one)))
    if (found.length === 0) return E.left(`--target ${target}: there is no such node; there are ${paths.join(", ")}${hint(target, paths)}`)
    queue.push(...found)
  }
  const needed = new Set<string>()
  for (const path of queue) {
    const node = graph.nodes.get(path)
    if (node === undefined || needed.has(path)) continue
    needed.add(path)
    queue.push(...upstreamOf(node))
  }
  return E.right({ ...graph, nodes: new Map([...graph.nodes].filter(([path]) => needed.has(path))) })
}
