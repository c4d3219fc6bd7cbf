/**
 * How the models of a merge are put into groups whose sums are kept: sub-trees of the tree in which sums are taken (`method/sum-tree.ts`), so
 * that the sums of the groups, added up in the same tree, are the sums of all. SPEC M3, M6.
 */
import { leavesOf, type SumTree } from "../method/sum-tree.ts"

/** Bytes gone over for an element of a model, and for one of the sums of a group. */
export interface Bytes {
  readonly model: number
  readonly sums: number
}

/**
 * Into how many models a group should go for the least work when one of `count` changes: its group's models, and the sums of every group.
 * Where also params move (`turns`) that only what is above the sums looks at, of both together. Undefined when merging all again goes over
 * no more than that and the writing of the sums.
 */
export const groupSize = (count: number, { model, sums }: Bytes, turns = false): number | undefined => {
  const above = (size: number): number => Math.ceil(count / size) * sums
  const cost = (size: number): number => size * model + sums + above(size) + (turns ? above(size) : 0)
  const sizes = Array.from({ length: count }, (_, i) => i + 1)
  const best = sizes.reduce((a, b) => (cost(b) < cost(a) ? b : a), count)
  return cost(best) < (turns ? 2 : 1) * count * model ? best : undefined
}

/** The largest sub-trees of at most `size` models, from left to right: places of their models. */
export const groupsOf = (tree: SumTree, size: number): readonly (readonly number[])[] => {
  const leaves = leavesOf(tree)
  return leaves.length <= size || "leaf" in tree ? [leaves] : [...groupsOf(tree.left, size), ...groupsOf(tree.right, size)]
}

/** The tree above the groups: its leaves are places in their list. */
export const treeOfGroups = (tree: SumTree, size: number): SumTree => {
  let next = 0
  const above = (node: SumTree): SumTree => (leavesOf(node).length <= size || "leaf" in node ? { leaf: next++ } : { left: above(node.left), right: above(node.right) })
  return above(tree)
}
