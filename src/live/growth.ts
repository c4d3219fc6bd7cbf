/**
 * Which params of a graph make it grow: one more adds nodes and changes none that are there, one less only takes some
 * away. Found by building the graph, not by names, so any file that wires its stages in a loop can be grown. SPEC L5.
 */
import * as E from "fp-ts/lib/Either.js"
import { buildGraph } from "../graph/build.ts"
import { equalControls } from "../graph/controls.ts"
import type { Graph, Node } from "../graph/graph.ts"
import { equalPorts, isSameRef } from "../graph/port-lists.ts"
import { equalJson } from "../base/json.ts"
import type { GraphSource } from "./overlay-graph.ts"

export interface Growth {
  /** Paths that one more adds, and that one less takes away; empty at an end of the range. */
  readonly more: readonly string[]
  readonly less: readonly string[]
}

/** Above this, building the graph a few times more after every change would be felt. */
const mostNodes = 2_000

/** By param of the graph. `graph` is what `source` gives with its own params as they are in `params`. */
export const growthOf = (source: GraphSource, graph: Graph): { readonly [param: string]: Growth } => {
  if (graph.nodes.size > mostNodes) return {}
  const under = (param: string, value: number): Graph | undefined => {
    const sets = Object.entries({ ...graph.params, [param]: value }).map(([target, one]) => ({ target, value: one }))
    const built = buildGraph(source.file, [...source.overrides.filter(({ target }) => target.includes(".")), ...sets])
    return E.isRight(built) ? built.right : undefined
  }
  const entries = Object.entries(graph.params).flatMap(([param, value]): readonly (readonly [string, Growth])[] => {
    if (typeof value !== "number" || !Number.isInteger(value)) return []
    const [up, down] = [under(param, value + 1), under(param, value - 1)]
    const more = up === undefined ? [] : addedBy(graph, up)
    const less = down === undefined ? [] : addedBy(down, graph)
    if (more === undefined || less === undefined || more.length + less.length === 0) return []
    return [[param, { more, less }]]
  })
  return Object.fromEntries(entries)
}

/** Nodes that only the larger graph has; undefined when a node of the smaller one is not in it, or another one there. */
const addedBy = (small: Graph, large: Graph): readonly string[] | undefined => {
  for (const node of small.nodes.values()) if (!isSame(node, large.nodes.get(node.path))) return undefined
  return [...large.nodes.keys()].filter((path) => !small.nodes.has(path))
}

const isSame = (a: Node, b: Node | undefined): boolean =>
  b !== undefined && a.kind === b.kind && a.salt === b.salt && equalJson(a.params, b.params) && equalPorts(a.inputs, b.inputs, isSameRef) && equalControls(a.controls, b.controls)
