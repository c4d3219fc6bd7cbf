/** Expressions computed again from other operands. Iterative, because traces are thousands of expressions deep. */
import { dependenciesFirst } from "./dependencies.ts"
import type { Expr } from "./expr.ts"

/** `roots` with every key of `by`, wherever it stands in them, replaced by its value, which is of the same type. */
export const substitute = (roots: readonly Expr[], by: ReadonlyMap<Expr, Expr>): readonly Expr[] => {
  const made = new Map(by)
  for (const x of dependenciesFirst(roots, (x) => by.has(x))) {
    if (made.has(x) || !x.args.some((arg) => made.has(arg))) continue
    made.set(x, Object.freeze({ ...x, args: x.args.map((arg) => made.get(arg) ?? arg) }))
  }
  return roots.map((root) => made.get(root) ?? root)
}
