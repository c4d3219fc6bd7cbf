/**
 * Expressions to a program: one walk from the outputs that puts arguments before their users, gives equal
 * expressions one step (constants compared by content) and leaves out what no output needs. Iterative, because
 * traces are thousands of expressions deep. SPEC T2.
 */
import { isOp } from "./apply.ts"
import type { Expr, Exprs } from "./expr.ts"
import { placeLike } from "./place.ts"
import type { Program, Step } from "./program.ts"
import { prune } from "./prune.ts"
import { equalShapes } from "./shape.ts"
import { StepList } from "./step-list.ts"
import { TraceError } from "./trace-error.ts"

export interface Traced {
  /** The declared inputs, kept even if unused; without it, the inputs that the outputs use. */
  readonly inputs?: readonly Expr[]
  readonly outputs: Exprs
}

/** The program that computes `outputs`. Throws `TraceError` when two inputs share a name but not a type, or one is not declared. */
export const makeProgram = ({ inputs, outputs }: Traced): Program => {
  const list = new StepList()
  const byExpr = new Map<Expr, number>()
  const named = new Map<string, number>()

  const place = (x: Expr): number => {
    const args = x.args.map((arg) => byExpr.get(arg) as number)
    // The op and the attributes come from one expression, so they belong together; the compiler cannot see that.
    const index = list.place({ op: x.op, args, attrs: x.attrs, shape: x.shape, dtype: x.dtype, ...placeLike(x) } as Step)
    byExpr.set(x, index)
    return index
  }
  const placeInput = (x: Expr<"input">): number => {
    const { name } = x.attrs
    if (name === "") throw new TraceError("input", [x], "a variable of a loop's body only inside of that body")
    const known = named.get(name)
    const same = known === undefined ? undefined : list.steps[known]
    if (same !== undefined && (same.dtype !== x.dtype || !equalShapes(same.shape, x.shape))) {
      throw new TraceError(`input ${name}`, [x, same], "one type for one name")
    }
    if (known === undefined && frozen)
      throw new TraceError(`input ${name}`, [x], `one of the declared inputs: ${[...named.keys()].join(", ")}`)
    const index = place(x)
    named.set(name, index)
    return index
  }

  let frozen = false
  for (const x of [...(inputs ?? [])].sort(byInputName)) {
    if (!isOp(x, "input")) throw new TraceError(x.op, [x], "an input expression among the inputs of a program")
    placeInput(x)
  }
  frozen = inputs !== undefined

  for (const name of Object.keys(outputs).sort()) {
    const stack = [outputs[name] as Expr]
    for (let x = stack.at(-1); x !== undefined; x = stack.at(-1)) {
      const pending = byExpr.has(x) ? [] : x.args.filter((arg) => !byExpr.has(arg))
      if (pending.length > 0) {
        // Reversed, so that the first argument is placed first.
        stack.push(...pending.reverse())
        continue
      }
      stack.pop()
      if (byExpr.has(x)) continue
      if (isOp(x, "input")) placeInput(x)
      else place(x)
    }
  }
  const program = list.program(
    named,
    Object.entries(outputs).map(([name, x]) => [name, byExpr.get(x) as number]),
  )
  // Only loops can hold what no output needs.
  return program.steps.some(({ op }) => op === "scan") ? prune(program, inputs === undefined ? [] : [...named.keys()]) : program
}

const byInputName = (a: Expr, b: Expr): number => {
  const [x, y] = [isOp(a, "input") ? a.attrs.name : "", isOp(b, "input") ? b.attrs.name : ""]
  return x < y ? -1 : x > y ? 1 : 0
}
