/**
 * The order in which sums over models are taken. Floating-point sums depend on it, and two promises pull in two directions: the
 * order in which models are listed must not change a byte, and replacing one of K models must not cost K models.
 *
 * Both hold when the order is that of a binary trie over hashes of the models' ids: its shape is a function of the set of ids
 * alone, and a changed model changes only the partial sums on two paths of about log2 K nodes. SPEC M3.
 */
import { hashBytes, must } from "#src"

/** Leaves are places in the list of models. */
export type SumTree = { readonly leaf: number } | { readonly left: SumTree; readonly right: SumTree }

/**
 * A tree over one or more models. Equal ids are told apart by `tie`, such as canonical params; models equal in both give equal
 * terms, whose order does not matter.
 */
export const sumTree = (ids: readonly string[], tie: readonly string[] = ids.map(() => "")): SumTree => {
  const leaves = ids.map((id, leaf) => ({ leaf, key: hashBytes(id) + hashBytes(tie[leaf] ?? "") }))
  const build = (among: typeof leaves, bit: number): SumTree => {
    const first = must(among[0], "model")
    if (among.length === 1) return { leaf: first.leaf }
    if (bit === 4 * first.key.length) return among.slice(1).reduce<SumTree>((left, { leaf }) => ({ left, right: { leaf } }), { leaf: first.leaf })
    const [zero, one] = [0, 1].map((value) => among.filter(({ key }) => bitOf(key, bit) === value)) as [typeof leaves, typeof leaves]
    return zero.length === 0 || one.length === 0 ? build(among, bit + 1) : { left: build(zero, bit + 1), right: build(one, bit + 1) }
  }
  return build(leaves, 0)
}

const bitOf = (hex: string, bit: number): number => (Number.parseInt(hex.charAt(bit >> 2), 16) >> (3 - (bit & 3))) & 1

/** Leaves from left to right: the canonical order of the models. */
export const leavesOf = (tree: SumTree): readonly number[] => ("leaf" in tree ? [tree.leaf] : [...leavesOf(tree.left), ...leavesOf(tree.right)])

/** What the leaves give, added up in the tree's order; a leaf may give nothing, and two nothings are nothing. */
export const sumOver = <T>(tree: SumTree, term: (leaf: number) => T | undefined, plus: (a: T, b: T) => T): T | undefined => {
  if ("leaf" in tree) return term(tree.leaf)
  const left = sumOver(tree.left, term, plus)
  const right = sumOver(tree.right, term, plus)
  return left === undefined ? right : right === undefined ? left : plus(left, right)
}
