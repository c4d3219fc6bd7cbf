import * as E from "fp-ts/lib/Either.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Node } from "../../../src/graph/graph.ts"
import { dependencyOrder, upstreamOf } from "../../../src/graph/order.ts"

/** Nodes `0..n-1` that read from the given others. */
const nodesOf = (sources: readonly (readonly number[])[]): ReadonlyMap<string, Node> =>
  new Map(sources.map((from, i) => [String(i), { path: String(i), inputs: { all: from.map((node) => ({ node: String(node), port: "out" })) } } as unknown as Node]))

const edges = (n: number) => fc.array(fc.array(fc.nat(n - 1), { maxLength: 4 }), { minLength: n, maxLength: n })

describe("dependencyOrder", () => {
  it("[G4] keeps an order that is fine as it is", () => {
    fc.assert(
      fc.property(edges(12), (sources) => {
        const forward = sources.map((from, i) => from.filter((j) => j < i))
        expect(dependencyOrder(nodesOf(forward))).toMatchObject(E.right(forward.map((_, i) => ({ path: String(i) }))))
      }),
    )
  })

  it("[G4] puts every node once and after what it reads, or names a cycle of real edges", () => {
    fc.assert(
      fc.property(edges(9), (sources) => {
        const nodes = nodesOf(sources)
        const order = dependencyOrder(nodes)
        if (E.isRight(order)) {
          const at = new Map(order.right.map(({ path }, i) => [path, i]))
          expect(at.size).toBe(sources.length)
          for (const node of order.right) for (const source of upstreamOf(node)) expect(at.get(source)).toBeLessThan(at.get(node.path) as number)
        } else {
          expect(new Set(order.left).size).toBe(order.left.length)
          order.left.forEach((path, i) => {
            const next = order.left[(i + 1) % order.left.length] as string
            expect(upstreamOf(nodes.get(next) as Node)).toContain(path)
          })
        }
      }),
      { numRuns: 300 },
    )
  })

  it("[G4] takes chains longer than the call stack", () => {
    const chain = Array.from({ length: 50_000 }, (_, i) => (i < 49_999 ? [i + 1] : []))
    expect(E.isRight(dependencyOrder(nodesOf(chain)))).toBe(true)
  })
})
