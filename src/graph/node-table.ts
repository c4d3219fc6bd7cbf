/**
 * The nodes of a graph as a map that shares structure with the one it was edited from. Each node has a position that is
 * greater than those of the nodes it reads from; walking the map goes by position. SPEC G2, G6.
 */
import { differencesOf, entriesOf, getIn, trieOf, type Difference, type Trie } from "../base/trie.ts"
import type { Node } from "./graph.ts"

export interface Placed {
  readonly node: Node
  readonly position: number
  /** Edges that lead away from it. */
  readonly readers: number
}

/** A class, because it stands in for a Map: one that is as cheap to make as an edit is. */
export class NodeTable implements ReadonlyMap<string, Node> {
  readonly placed: Trie<Placed>
  /** Greater than every position. */
  readonly end: number
  #order: readonly Placed[] | undefined
  /** `order`: all that is placed, by position, where that is known. */
  constructor(placed: Trie<Placed>, end: number, order?: readonly Placed[]) {
    this.placed = placed
    this.end = end
    this.#order = order
  }
  get size(): number {
    return this.placed.size
  }
  get(path: string): Node | undefined {
    return getIn(this.placed, path)?.node
  }
  has(path: string): boolean {
    return getIn(this.placed, path) !== undefined
  }
  forEach(f: (node: Node, path: string, table: NodeTable) => void): void {
    for (const { node } of this.inOrder()) f(node, node.path, this)
  }
  keys(): MapIterator<string> {
    return this.inOrder().map(({ node }) => node.path).values()
  }
  values(): MapIterator<Node> {
    return this.inOrder().map(({ node }) => node).values()
  }
  entries(): MapIterator<[string, Node]> {
    return this.inOrder().map(({ node }): [string, Node] => [node.path, node]).values()
  }
  [Symbol.iterator](): MapIterator<[string, Node]> {
    return this.entries()
  }
  /** By position. */
  inOrder(): readonly Placed[] {
    return (this.#order ??= entriesOf(this.placed).map(([, one]) => one).sort((a, b) => a.position - b.position))
  }
}

/** A table of nodes that come in dependency order, each once. */
export const tableOf = (nodes: readonly Node[]): NodeTable => {
  const readers = new Map<string, number>()
  for (const node of nodes) for (const path of sourcesOf(node)) readers.set(path, (readers.get(path) ?? 0) + 1)
  const order = nodes.map((node, position): Placed => ({ node, position, readers: readers.get(node.path) ?? 0 }))
  return new NodeTable(trieOf(order.map((one) => [one.node.path, one])), nodes.length, order)
}

/** `nodes` as a table: itself, where it is one. */
export const asTable = (nodes: ReadonlyMap<string, Node>): NodeTable => (nodes instanceof NodeTable ? nodes : tableOf([...nodes.values()]))

/** The nodes in which two graphs differ, told apart by identity, in dependency order. What they share is not looked at. */
export const changesBetween = (before: NodeTable, after: NodeTable): readonly Difference<Placed>[] =>
  before.size === 0
    ? after.inOrder().map((one) => ({ key: one.node.path, before: undefined, after: one }))
    : [...differencesOf(before.placed, after.placed)].sort((a, b) => (a.after?.position ?? -1) - (b.after?.position ?? -1))

/** Where the edges of a node come from, one path for each edge. */
export const sourcesOf = (node: Pick<Node, "inputs">): readonly string[] => Object.values(node.inputs).flatMap((refs) => refs.map((ref) => ref.node))
