/** A combination as a kernel takes it: the terms that count, in the tree's order, then the base. SPEC M3, M4. */
import { must, type Additions, type FloatFormat } from "#src"
import type { Combination } from "../method/method.ts"
import type { SumTree } from "../method/sum-tree.ts"
import type { Loaded } from "./load.ts"

export interface LinearSum {
  readonly terms: readonly { readonly at: number; readonly format: FloatFormat; readonly coefficient: number }[]
  readonly additions: Additions
  readonly divisor: number
}

/** Undefined when nothing counts. */
export const linearSum = ({ models, base, divisor }: Combination, tree: SumTree, held: { readonly models: readonly { readonly values: Loaded | undefined }[]; readonly base: Loaded | undefined }): LinearSum | undefined => {
  const terms: LinearSum["terms"][number][] = []
  const term = (loaded: Loaded | undefined, coefficient: number): Additions | undefined =>
    coefficient === 0 ? undefined : terms.push({ ...must(loaded, "what was read"), coefficient }) - 1
  const plus = (a: Additions | undefined, b: Additions | undefined): Additions | undefined => (a === undefined ? b : b === undefined ? a : [a, b])
  const over = (node: SumTree): Additions | undefined =>
    "leaf" in node ? term(held.models[node.leaf]?.values, models[node.leaf] as number) : plus(over(node.left), over(node.right))
  const additions = plus(over(tree), term(held.base, base))
  return additions === undefined ? undefined : { terms, additions, divisor }
}
