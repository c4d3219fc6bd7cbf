/**
 * Expressions to a program: one walk from the outputs that puts arguments before their users, gives equal
 * expressions one step (constants compared by content) and leaves out what no output needs. Iterative, because
 * traces are thousands of expressions deep. SPEC T2.
 */
import { bytesOf } from "../base/ndarray.ts"
import { hashBytes } from "../base/hash.ts"
import { isOp } from "./apply.ts"
import type { Expr, Exprs } from "./expr.ts"
import type { OpAttrs, OpName } from "./op.ts"
import type { Program, Step } from "./program.ts"
import { equalShapes } from "./shape.ts"
import { TraceError } from "./trace-error.ts"

export interface Traced {
  /** The declared inputs, kept even if unused; without it, the inputs that the outputs use. */
  readonly inputs?: readonly Expr[]
  readonly outputs: Exprs
}

/** The program that computes `outputs`. Throws `TraceError` when two inputs share a name but not a type, or one is not declared. */
export const makeProgram = ({ inputs, outputs }: Traced): Program => {
  const steps: Step[] = []
  const keys: string[] = []
  const byKey = new Map<string, number>()
  const byExpr = new Map<Expr, number>()
  const named = new Map<string, number>()

  const place = (x: Expr): number => {
    const args = x.args.map((arg) => byExpr.get(arg) as number)
    const key = `${x.op}(${args.join()})${attrsText(x)}`
    const existing = byKey.get(key)
    const index = existing ?? steps.length
    byExpr.set(x, index)
    if (existing !== undefined) return index
    // The op and the attributes come from one expression, so they belong together; the compiler cannot see that.
    steps.push({ op: x.op, args, attrs: x.attrs, shape: x.shape, dtype: x.dtype } as Step)
    keys.push(key)
    byKey.set(key, index)
    return index
  }
  const placeInput = (x: Expr<"input">): number => {
    const known = named.get(x.attrs.name)
    const same = known === undefined ? undefined : steps[known]
    if (same !== undefined && (same.dtype !== x.dtype || !equalShapes(same.shape, x.shape))) {
      throw new TraceError(`input ${x.attrs.name}`, [x, same], "one type for one name")
    }
    if (known === undefined && frozen)
      throw new TraceError(`input ${x.attrs.name}`, [x], `one of the declared inputs: ${[...named.keys()].join(", ")}`)
    const index = place(x)
    named.set(x.attrs.name, index)
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
  const inputIndex = Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1)))
  const outputIndex = Object.fromEntries(
    Object.keys(outputs)
      .sort()
      .map((name) => [name, byExpr.get(outputs[name] as Expr) as number]),
  )
  const hash = hashBytes(JSON.stringify([keys, Object.entries(inputIndex), Object.entries(outputIndex)]))
  return { steps, inputs: inputIndex, outputs: outputIndex, hash }
}

const byInputName = (a: Expr, b: Expr): number => {
  const [x, y] = [isOp(a, "input") ? a.attrs.name : "", isOp(b, "input") ? b.attrs.name : ""]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Attributes as text, for comparison: constants by the hash of their bytes, infinities kept apart. */
const attrsText = (x: Expr): string => {
  if (isOp(x, "input")) return JSON.stringify([x.attrs.name, x.dtype, x.shape])
  if (isOp(x, "constant")) return JSON.stringify([x.dtype, x.shape, hashBytes(bytesOf(x.attrs.value))])
  const attrs: OpAttrs[OpName] = x.attrs
  return JSON.stringify(
    Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value),
  )
}
