/**
 * The expressions that others are made of, in an order in which each follows its operands. Iterative, because traces are
 * thousands of expressions deep.
 */
import type { Expr } from "./expr.ts"

/** All that `roots` depend on, themselves included, operands first, each once. What `isLeaf` names is not looked into. */
export const dependenciesFirst = (roots: readonly Expr[], isLeaf: (x: Expr) => boolean = () => false): Expr[] => {
  const order: Expr[] = []
  const done = new Set<Expr>()
  const stack = [...roots].reverse()
  for (let x = stack.at(-1); x !== undefined; x = stack.at(-1)) {
    const pending = done.has(x) || isLeaf(x) ? [] : x.args.filter((arg) => !done.has(arg))
    if (pending.length > 0) {
      for (const arg of pending) stack.push(arg)
      continue
    }
    stack.pop()
    if (done.has(x)) continue
    done.add(x)
    order.push(x)
  }
  return order
}
