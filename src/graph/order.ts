/** Dependency order of nodes, and the cycle when there is none. */
import * as E from "fp-ts/lib/Either.js"
import type { Node } from "./graph.ts"

/** The distinct nodes that `node` reads from, in port order. */
export const upstreamOf = (node: Node): readonly string[] => [...new Set(Object.values(node.inputs).flatMap((refs) => refs.map((ref) => ref.node)))]

/**
 * Every node after those it reads from, otherwise in the order of `nodes`: an order that was fine already stays as it is.
 * Left is one cycle, each path once, in the direction of the edges.
 */
export const dependencyOrder = (nodes: ReadonlyMap<string, Node>): E.Either<readonly string[], readonly Node[]> => {
  const order: Node[] = []
  const state = new Map<string, "open" | "done">()
  for (const start of nodes.values()) {
    // Depth first with a stack of our own, because chains may be longer than the call stack.
    const stack = [start]
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as Node
      if (state.get(node.path) === undefined) {
        state.set(node.path, "open")
        const sources = upstreamOf(node)
        const again = sources.find((source) => state.get(source) === "open")
        if (again !== undefined) return E.left(cycleFrom(stack, state, again))
        for (const source of [...sources].reverse()) if (state.get(source) === undefined) stack.push(nodes.get(source) as Node)
      } else {
        stack.pop()
        if (state.get(node.path) === "open") order.push(node)
        state.set(node.path, "done")
      }
    }
  }
  return E.right(order)
}

/** The open nodes of the stack lead from the first to the one just reached, each reading from the next. */
const cycleFrom = (stack: readonly Node[], state: ReadonlyMap<string, "open" | "done">, again: string): readonly string[] => {
  const open = stack.map(({ path }) => path).filter((path) => state.get(path) === "open")
  // A node that waits further down for its turn as a sibling counts where it was reached.
  const trail = open.filter((path, i) => open.lastIndexOf(path) === i)
  return trail.slice(trail.indexOf(again)).reverse()
}
