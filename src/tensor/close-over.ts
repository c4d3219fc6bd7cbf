/**
 * The body of a loop as a program of its own. What does not depend on the variables of the body is computed once, before the loop,
 * and comes in as a constant; so a body may use whatever is around it, variables of an outer loop included, and pays for it once.
 */
import { must } from "../base/assert.ts"
import { isOp } from "./apply.ts"
import { dependenciesFirst } from "./dependencies.ts"
import type { Expr, Exprs } from "./expr.ts"
import { makeProgram } from "./make-program.ts"
import type { Program } from "./program.ts"
import { input } from "./source.ts"
import type { Typed } from "./trace-error.ts"

/** A variable of a body while it is traced: an input without a name, itself and nothing else. */
export const variable = ({ shape, dtype }: Typed): Expr =>
  Object.freeze({ op: "input", args: [], attrs: { name: "" }, shape, dtype } satisfies Expr<"input">)

export interface Closed {
  /** Inputs: the variables by their names, and `constant<i>`. */
  readonly body: Program
  readonly constants: readonly Expr[]
}

export const closeOver = (outputs: Exprs, variables: ReadonlyMap<Expr, string>): Closed => {
  const inside = new Map([...variables].map(([x, name]): [Expr, Expr] => [x, input(name, x.shape, x.dtype)]))
  const inputs = [...inside.values()]
  const constants = new Map<Expr, Expr>()
  /** What stands in the body for an operand: literals and index ranges as they are, what comes from outside as a constant. */
  const within = (x: Expr): Expr => {
    const known = inside.get(x) ?? constants.get(x)
    if (known !== undefined || (x.args.length === 0 && !isOp(x, "input"))) return known ?? x
    const constant = input(`constant${constants.size}`, x.shape, x.dtype)
    constants.set(x, constant)
    inputs.push(constant)
    return constant
  }
  for (const x of dependenciesFirst(Object.values(outputs))) {
    if (!inside.has(x) && x.args.some((arg) => inside.has(arg))) inside.set(x, Object.freeze({ ...x, args: x.args.map(within) }))
  }
  const results = Object.fromEntries(Object.entries(outputs).map(([name, x]) => [name, within(must(x, name))]))
  return { body: makeProgram({ inputs, outputs: results }), constants: [...constants.keys()] }
}
