/** Places boxes from left to right with dagre. Sizes are known beforehand, so nothing jumps when a value arrives. */
import { Graph, layout as dagre } from "@dagrejs/dagre"
import type { Link } from "./groups.ts"

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Place extends Size {
  readonly x: number
  readonly y: number
}

/** Above this the better ranks of the network simplex are felt: 300 boxes take a second instead of a fifth of one. */
const manyBoxes = 120

/** Top left corners in CSS pixels. The same boxes and links give the same places. */
export const placeBoxes = (boxes: ReadonlyMap<string, Size>, links: readonly Link[]): ReadonlyMap<string, Place> => {
  const graph = new Graph({ multigraph: false })
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 60, edgesep: 8, marginx: 0, marginy: 0, ranker: boxes.size > manyBoxes ? "tight-tree" : "network-simplex" })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const [path, { width, height }] of boxes) graph.setNode(path, { width, height })
  for (const { from, to } of links) if (boxes.has(from) && boxes.has(to)) graph.setEdge(from, to)
  dagre(graph)
  return new Map(
    [...boxes].map(([path, size]) => {
      const { x, y } = graph.node(path) as { x: number; y: number }
      return [path, { ...size, x: Math.round(x - size.width / 2), y: Math.round(y - size.height / 2) }]
    }),
  )
}
