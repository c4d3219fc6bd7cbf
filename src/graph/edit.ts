/**
 * Edits of a graph as values: a closed list, each with an inverse, so undoing is editing. An edited graph shares all
 * that was not edited with the graph it came from; an edit is checked where it touches and nowhere else. SPEC G4, G6.
 */
import * as E from "fp-ts/lib/Either.js"
import { never } from "../base/assert.ts"
import { equalJson, type Json } from "../base/json.ts"
import { getIn, removeIn, setIn, type Trie } from "../base/trie.ts"
import { decodeParams } from "../schema/param.ts"
import { equalControls, withControls, type ControlChange, type Controls } from "./controls.ts"
import type { Graph, GraphIssue, Node } from "./graph.ts"
import { equalPorts, isSameRef } from "./port-lists.ts"
import { asTable, NodeTable, sourcesOf, type Placed } from "./node-table.ts"
import { placeAfterSources } from "./place.ts"
import { nodeIssues } from "./validate.ts"

export type Edit =
  | { readonly op: "add"; readonly node: Node }
  | { readonly op: "remove"; readonly path: string }
  /** The params named get these values, the others stay. */
  | { readonly op: "set"; readonly path: string; readonly params: { readonly [param: string]: Json } }
  /** The ports named get these edges, the others stay; a port without edges is given an empty list. */
  | { readonly op: "rewire"; readonly path: string; readonly inputs: Node["inputs"] }
  /** The controls named get these values, the others stay; undefined takes one away. */
  | { readonly op: "control"; readonly path: string; readonly controls: ControlChange }
  /** Another node under the path of an old one: of another kind, with another salt or other knobs. */
  | { readonly op: "replace"; readonly node: Node }

export interface Edited {
  readonly graph: Graph
  /** Takes `graph` back to what it was made from. */
  readonly undo: readonly Edit[]
}

/** Nodes as edits leave them; undefined for one that was removed. */
type Changes = ReadonlyMap<string, Node | undefined>
type Issues = readonly GraphIssue[]

/**
 * The graph after all of `edits`, or everything that is wrong with it. In between it need not hold together: what reads
 * from a node may be rewired after the node is removed. Edits that change nothing give the same graph back.
 */
export const edit = (graph: Graph, edits: readonly Edit[]): E.Either<Issues, Edited> => {
  const table = asTable(graph.nodes)
  const changes = new Map<string, Node | undefined>()
  const now = (path: string): Node | undefined => (changes.has(path) ? changes.get(path) : table.get(path))
  const issues: GraphIssue[] = []
  const undo: Edit[] = []
  for (const one of edits) {
    const path = "node" in one ? one.node.path : one.path
    const old = now(path)
    const next = nodeAfter(one, path, old)
    if (E.isLeft(next)) issues.push(...next.left)
    else if (next.right !== old) {
      changes.set(path, next.right)
      undo.unshift(inverseOf(one, path, old))
    }
  }
  for (const [path, node] of changes) if (node === table.get(path)) changes.delete(path)
  if (issues.length === 0 && changes.size === 0) return E.right({ graph, undo: [] })
  const readers = edgesAdded(table, changes)
  const touched = [...changes.values()].filter((node) => node !== undefined)
  const checked = new Set([...touched, ...readersOf(reshaped(table, changes, readers), table, now)])
  issues.push(...[...checked].flatMap((node) => nodeIssues(node, now)))
  if (issues.length > 0) return E.left(issues)
  const { placed, end } = withChanges(table, changes, readers)
  const ordered = placeAfterSources(placed, touched.filter((node) => node.inputs !== table.get(node.path)?.inputs))
  return E.isLeft(ordered) ? E.left([{ _tag: "Cycle", nodes: ordered.left }]) : E.right({ graph: { ...graph, nodes: new NodeTable(ordered.right, end) }, undo })
}

/** What the edit makes of the node `old`: the very same one when it changes nothing. */
const nodeAfter = (edit: Edit, path: string, old: Node | undefined): E.Either<Issues, Node | undefined> => {
  if (edit.op === "add") return old === undefined ? withParams(edit.node, edit.node.params) : E.left([{ _tag: "DuplicatePath", node: path }])
  if (old === undefined) return E.left([{ _tag: "UnknownNode", node: path }])
  switch (edit.op) {
    case "remove":
      return E.right(undefined)
    case "replace":
      return withParams(edit.node, edit.node.params)
    case "rewire": {
      const inputs = Object.fromEntries(Object.entries({ ...old.inputs, ...edit.inputs }).filter(([port, refs]) => refs.length > 0 || !(port in edit.inputs)))
      return E.right(equalPorts(inputs, old.inputs, isSameRef) ? old : { ...old, inputs })
    }
    case "set":
      return withParams(old, { ...old.params, ...edit.params })
    case "control": {
      const node = withControls(old, edit.controls)
      return E.right(equalControls(node.controls, old.controls) ? old : node)
    }
    default:
      return never(edit)
  }
}

const withParams = (node: Node, params: Node["params"]): E.Either<Issues, Node> => {
  const decoded = decodeParams(node.kind.params, params)
  if (E.isLeft(decoded)) return E.left(decoded.left.map((issue) => ({ ...issue, _tag: "BadParam", node: node.path })))
  return E.right(equalJson(decoded.right, node.params) ? node : { ...node, params: decoded.right })
}

const inverseOf = (edit: Edit, path: string, old: Node | undefined): Edit => {
  if (old === undefined) return { op: "remove", path }
  switch (edit.op) {
    case "set":
      return { op: "set", path, params: Object.fromEntries(Object.keys(edit.params).map((param) => [param, old.params[param] as Json])) }
    case "rewire":
      return { op: "rewire", path, inputs: Object.fromEntries(Object.keys(edit.inputs).map((port) => [port, old.inputs[port] ?? []])) }
    case "control":
      return { op: "control", path, controls: Object.fromEntries(Object.keys(edit.controls).map((name) => [name, old.controls?.[name as keyof Controls]])) }
    case "remove":
      return { op: "add", node: old }
    default:
      return { op: "replace", node: old }
  }
}

/** By path: edges that lead away from it in the changed nodes, less those that did before. */
const edgesAdded = (table: NodeTable, changes: Changes): ReadonlyMap<string, number> => {
  const added = new Map<string, number>()
  const count = (node: Node | undefined, by: number): void => {
    for (const path of node === undefined ? [] : sourcesOf(node)) added.set(path, (added.get(path) ?? 0) + by)
  }
  for (const [path, node] of changes) {
    const old = table.get(path)
    if (old?.inputs === node?.inputs) continue
    count(old, -1)
    count(node, 1)
  }
  return added
}

/** Nodes that are gone or have other outputs than before, and from which something reads. */
const reshaped = (table: NodeTable, changes: Changes, added: ReadonlyMap<string, number>): ReadonlySet<string> => {
  const isRead = (path: string): boolean => (getIn(table.placed, path)?.readers ?? 0) + (added.get(path) ?? 0) > 0
  return new Set([...changes].filter(([path, node]) => node?.kind.outputs !== table.get(path)?.kind.outputs && isRead(path)).map(([path]) => path))
}

const readersOf = (paths: ReadonlySet<string>, table: NodeTable, now: (path: string) => Node | undefined): readonly Node[] =>
  paths.size === 0 ? [] : [...table.keys()].map(now).filter((node) => node !== undefined).filter((node) => sourcesOf(node).some((path) => paths.has(path)))

const withChanges = ({ placed, end }: NodeTable, changes: Changes, added: ReadonlyMap<string, number>): { readonly placed: Trie<Placed>; readonly end: number } => {
  let next = placed
  let position = end
  for (const [path, node] of changes) {
    const old = getIn(placed, path)
    next = node === undefined ? removeIn(next, path) : setIn(next, path, { node, position: old?.position ?? position++, readers: old?.readers ?? 0 })
  }
  for (const [path, by] of added) {
    const old = by === 0 ? undefined : getIn(next, path)
    if (old !== undefined) next = setIn(next, path, { ...old, readers: old.readers + by })
  }
  return { placed: next, end: position }
}
