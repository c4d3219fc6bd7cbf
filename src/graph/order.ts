/** Dependency order of nodes, and the cycle when there is none. */
import * as E from "fp-ts/lib/Either.js"
import type { Node } from "./graph.ts"

/** The distinct nodes that `node` reads from, in port order. */
export const upstreamOf = (node: Node): readonly string[] => [...new Set(Object.values(node.inputs).flatMap((refs) => refs.map((ref) => ref.node)))]

/**
 * Kahn's order, stable: among nodes that are ready, the one added first comes first. Left is one cycle, each path
 * once, in the direction of the edges.
 */
export const dependencyOrder = (nodes: ReadonlyMap<string, Node>): E.Either<readonly string[], readonly Node[]> => {
  const waiting = new Map<string, number>()
  const users = new Map<string, string[]>()
  for (const node of nodes.values()) {
    const sources = upstreamOf(node)
    waiting.set(node.path, sources.length)
    for (const source of sources) {
      const known = users.get(source)
      if (known === undefined) users.set(source, [node.path])
      else known.push(node.path)
    }
  }
  const ready = [...nodes.keys()].filter((path) => waiting.get(path) === 0)
  const order: Node[] = []
  for (let next = 0; next < ready.length; next++) {
    const path = ready[next] as string
    order.push(nodes.get(path) as Node)
    for (const user of users.get(path) ?? []) {
      const left = (waiting.get(user) ?? 0) - 1
      waiting.set(user, left)
      if (left === 0) ready.push(user)
    }
  }
  return order.length === nodes.size ? E.right(order) : E.left(findCycle(nodes, new Set(order.map((node) => node.path))))
}

const findCycle = (nodes: ReadonlyMap<string, Node>, done: ReadonlySet<string>): readonly string[] => {
  // Every node that is left reads from another that is left, so walking upstream must meet itself.
  const trail: string[] = []
  let path = [...nodes.keys()].find((candidate) => !done.has(candidate)) as string
  while (!trail.includes(path)) {
    trail.push(path)
    path = upstreamOf(nodes.get(path) as Node).find((source) => !done.has(source)) as string
  }
  return trail.slice(trail.indexOf(path)).reverse()
}
