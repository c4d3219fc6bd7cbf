import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { leavesOf, sumOver, sumTree, type SumTree } from "../../../../nodes/merger/method/sum-tree.ts"

/** The tree with the ids in place of their places. */
const shown = (tree: SumTree, ids: readonly string[]): string => ("leaf" in tree ? (ids[tree.leaf] as string) : `(${shown(tree.left, ids)} ${shown(tree.right, ids)})`)
/** Every partial sum, by what it is of. */
const partials = (tree: SumTree, ids: readonly string[]): readonly string[] =>
  "leaf" in tree ? [] : [shown(tree, ids), ...partials(tree.left, ids), ...partials(tree.right, ids)]

const someIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 24 })

describe("M3 sum tree", () => {
  it("does not depend on the order of ids, and holds each of them once", () => {
    fc.assert(fc.property(someIds, fc.infiniteStream(fc.nat()), (ids, draws) => {
      const mixed = ids.map((id) => [draws.next().value as number, id] as const).sort(([a], [b]) => a - b).map(([, id]) => id)
      expect(shown(sumTree(mixed), mixed)).toBe(shown(sumTree(ids), ids))
      expect([...leavesOf(sumTree(ids))].sort((a, b) => a - b)).toEqual(ids.map((_, i) => i))
    }))
  })

  it("changes few partial sums when one of many ids changes", () => {
    const ids = Array.from({ length: 256 }, (_, i) => `model-${i}`)
    const before = new Set(partials(sumTree(ids), ids))
    const changes = ids.map((_, i) => {
      const now = ids.map((id, j) => (i === j ? "another" : id))
      return partials(sumTree(now), now).filter((sum) => !before.has(sum)).length
    })
    // Two paths of a random trie over 256 leaves: about 2 * log2(256) + 3 sums of 255, and never many more.
    expect(changes.reduce((a, b) => a + b) / ids.length).toBeLessThan(21)
    expect(Math.max(...changes)).toBeLessThan(40)
  })

  it("tells equal ids apart by the tie, and adds what is equal in both without a fixed order", () => {
    const params = ["b", "a", "a"]
    const order = leavesOf(sumTree(["x", "x", "x"], params)).map((i) => params[i])
    expect(leavesOf(sumTree(["x", "x", "x"], [...params].reverse())).map((i) => [...params].reverse()[i])).toEqual(order)
  })

  it("leaves out what gives nothing", () => {
    const tree = sumTree(["a", "b", "c"])
    expect(sumOver(tree, (i) => (i === 1 ? undefined : 2 ** i), (a, b) => a + b)).toBe(5)
    expect(sumOver(tree, () => undefined, (a: number, b: number) => a + b)).toBeUndefined()
  })
})
