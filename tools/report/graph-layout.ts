/**
 * Places the nodes of a graph for a small picture: from left to right by depth, and within a column near the nodes they
 * read from (the barycentre heuristic of Sugiyama, Tagawa and Toda, 1981, one sweep each way). Good for tens of nodes.
 */
import type { Graph } from "../../src/graph/graph.ts"
import { upstreamOf } from "../../src/graph/order.ts"

export interface Box {
  readonly path: string
  readonly x: number
  readonly y: number
  readonly width: number
}

export interface Layout {
  readonly boxes: readonly Box[]
  /** From box to box, by path, each pair once. */
  readonly edges: readonly (readonly [from: string, to: string])[]
  readonly width: number
  readonly height: number
}

export const boxHeight = 26
const rowGap = 10
const columnGap = 40
const letter = 7.1

/** Coordinates in CSS pixels; nothing is measured, so letters are taken at their average width. */
export const layoutGraph = (graph: Graph): Layout => {
  const nodes = [...graph.nodes.values()]
  const sources = new Map(nodes.map((node) => [node.path, upstreamOf(node)]))
  const edges = nodes.flatMap((node) => upstreamOf(node).map((from) => [from, node.path] as const))
  const users = new Map<string, string[]>(nodes.map((node) => [node.path, []]))
  for (const [from, to] of edges) users.get(from)?.push(to)
  const columns = columnsOf(nodes.map((node) => node.path), sources, users)
  order(columns, sources, users)

  const tallest = Math.max(1, ...columns.map((column) => column.length))
  const height = tallest * (boxHeight + rowGap) - rowGap
  const boxes: Box[] = []
  let x = 0
  for (const column of columns) {
    const width = Math.max(60, ...column.map((path) => Math.ceil(path.length * letter) + 20))
    const top = (height - (column.length * (boxHeight + rowGap) - rowGap)) / 2
    column.forEach((path, row) => boxes.push({ path, x, y: top + row * (boxHeight + rowGap), width }))
    x += width + columnGap
  }
  return { boxes, edges, width: Math.max(0, x - columnGap), height }
}

/** Depth by the longest way from a source; then every node moves right, up to just before its first user. */
const columnsOf = (paths: readonly string[], sources: ReadonlyMap<string, readonly string[]>, users: ReadonlyMap<string, readonly string[]>): string[][] => {
  const depth = new Map<string, number>()
  for (const path of paths) depth.set(path, Math.max(-1, ...(sources.get(path) ?? []).map((from) => depth.get(from) ?? 0)) + 1)
  for (const path of [...paths].reverse()) {
    const next = (users.get(path) ?? []).map((user) => depth.get(user) ?? 0)
    if (next.length > 0) depth.set(path, Math.min(...next) - 1)
  }
  const columns: string[][] = []
  for (const path of paths) (columns[depth.get(path) ?? 0] ??= []).push(path)
  return columns
}

const order = (columns: string[][], sources: ReadonlyMap<string, readonly string[]>, users: ReadonlyMap<string, readonly string[]>): void => {
  const row = new Map<string, number>()
  const number = (column: readonly string[]): void => column.forEach((path, i) => row.set(path, i - (column.length - 1) / 2))
  const sortBy = (column: string[], neighbours: ReadonlyMap<string, readonly string[]>): void => {
    const centre = (path: string): number => {
      const near = neighbours.get(path) ?? []
      return near.length === 0 ? row.get(path) ?? 0 : near.reduce((sum, other) => sum + (row.get(other) ?? 0), 0) / near.length
    }
    const centres = new Map(column.map((path) => [path, centre(path)]))
    column.sort((a, b) => (centres.get(a) ?? 0) - (centres.get(b) ?? 0))
    number(column)
  }
  columns.forEach(number)
  for (const column of columns.slice(1)) sortBy(column, sources)
  for (const column of columns.slice(0, -1).reverse()) sortBy(column, users)
  for (const column of columns.slice(1)) sortBy(column, sources)
}
