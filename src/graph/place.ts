/**
 * Positions of nodes whose edges changed. Only nodes that stand between a node and a source of it that comes too late
 * are looked at, so an edit that keeps the order costs nothing here (after Pearce and Kelly 2006, without their search
 * downstream: positions are fractions, so what must come earlier finds room in front). SPEC G4, G6.
 */
import * as E from "fp-ts/lib/Either.js"
import { must } from "../base/assert.ts"
import { entriesOf, getIn, setIn, trieOf, type Trie } from "../base/trie.ts"
import type { Node } from "./graph.ts"
import { sourcesOf, type Placed } from "./node-table.ts"

type Table = Trie<Placed>

/** The table with every node of `rewired` behind what it reads from, or a cycle: each path once, in the direction of the edges. */
export const placeAfterSources = (start: Table, rewired: readonly Node[]): E.Either<readonly string[], Table> => {
  let table = start
  // Their edges hold from their turn on.
  const waiting = new Set(rewired.map(({ path }) => path))
  for (const { path } of rewired) {
    const here = placedAt(table, path)
    const late = lateSources(table, here, waiting)
    if (E.isLeft(late)) return late
    waiting.delete(path)
    if (late.right.length > 0) table = moveBefore(table, here, late.right, waiting)
  }
  return E.right(table)
}

const placedAt = (table: Table, path: string): Placed => must(getIn(table, path), `node ${path}`)

/** Everything upstream of a node that does not stand before it, in the order it stands in. */
const lateSources = (table: Table, here: Placed, waiting: ReadonlySet<string>): E.Either<readonly string[], readonly Placed[]> => {
  const origin = here.node.path
  const readBy = new Map<string, string>()
  const late: Placed[] = []
  const queue: Placed[] = [here]
  for (let reader = queue.pop(); reader !== undefined; reader = queue.pop()) {
    const from = reader.node.path
    if (reader !== here && waiting.has(from)) continue
    for (const path of sourcesOf(reader.node)) {
      if (path === origin) return E.left([origin, ...trail(from, origin, readBy)])
      const source = placedAt(table, path)
      if (source.position < here.position || readBy.has(path)) continue
      readBy.set(path, from)
      late.push(source)
      queue.push(source)
    }
  }
  return E.right(late.sort((a, b) => a.position - b.position))
}

/** From `path` along the edges, up to before `origin`. */
const trail = (path: string, origin: string, readBy: ReadonlyMap<string, string>): readonly string[] => {
  const paths: string[] = []
  for (let at: string | undefined = path; at !== undefined && at !== origin; at = readBy.get(at)) paths.push(at)
  return paths
}

const moveBefore = (table: Table, here: Placed, late: readonly Placed[], waiting: ReadonlySet<string>): Table => {
  const paths = new Set(late.map(({ node }) => node.path))
  const earlier = late.filter(({ node }) => !waiting.has(node.path)).flatMap(({ node }) => sourcesOf(node).filter((path) => !paths.has(path)))
  const floor = earlier.reduce((most, path) => Math.max(most, placedAt(table, path).position), here.position - 1)
  const positions = late.map((_, i) => floor + ((here.position - floor) * (i + 1)) / (late.length + 1))
  const isRoom = positions.every((position, i) => position > (positions[i - 1] ?? floor) && position < here.position)
  if (!isRoom) return renumbered(table, here, late, paths)
  return late.reduce((moved, one, i) => setIn(moved, one.node.path, { ...one, position: positions[i] as number }), table)
}

/** Whole numbers again, once fractions have become too small. */
const renumbered = (table: Table, here: Placed, late: readonly Placed[], paths: ReadonlySet<string>): Table => {
  const rest = [...entriesOf(table)].map(([, one]) => one).filter(({ node }) => !paths.has(node.path)).sort((a, b) => a.position - b.position)
  const at = rest.indexOf(here)
  const order = [...rest.slice(0, at), ...late, ...rest.slice(at)]
  return trieOf(order.map((one, position) => [one.node.path, { ...one, position }]))
}
