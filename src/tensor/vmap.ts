/**
 * Many examples at once: `f` is traced for one of them, and its expressions are rewritten for all by the rules of
 * `batch-rules.ts`. Iterative, because traces are thousands of expressions deep. SPEC A5.
 */
import { sizeOf } from "../base/ndarray.ts"
import { apply } from "./apply.ts"
import { batched } from "./batch-rules.ts"
import type { Expr, Exprs } from "./expr.ts"
import { gradients, pullback } from "./gradient.ts"
import { oneHot } from "./indexing.ts"
import { reshape, transpose } from "./reshape.ts"
import { fromFront } from "./shape.ts"
import { constant, iota } from "./source.ts"
import { TraceError } from "./trace-error.ts"

export interface Axes {
  /** Which axis of which argument counts the examples; arguments that are not named are the same for all. Without it: axis 0 of all. */
  readonly axes?: { readonly [name: string]: number }
}

/**
 * `f` for every example, its results stacked along a new axis in front, results that are the same for all included. What `f` takes
 * from outside is the same for all. `vmap(grad(loss), { axes: { x: 0 } })` gives per-example gradients. Throws `TraceError` when
 * the examples are not equally many in all arguments.
 */
export const vmap =
  <Out extends Expr | Exprs>(f: (at: Exprs) => Out, { axes }: Axes = {}) =>
  (at: Exprs): Out => {
    const along = axes ?? Object.fromEntries(Object.keys(at).map((name) => [name, 0]))
    const wholes = new Map<Expr, Expr>()
    const examples = Object.entries(at).map(([name, x]): [string, Expr] => {
      const axis = along[name]
      if (axis === undefined) return [name, x]
      const one = exampleOf(x, axis)
      wholes.set(one, inFront(x, axis))
      return [name, one]
    })
    const size = batchSize(Object.keys(along), at, [...wholes.values()])
    const result = f(Object.fromEntries(examples))
    const [names, values] = isExpr(result) ? [undefined, [result]] : [Object.keys(result), Object.values(result)]
    const all = batched(values, wholes, size)
    // The shape of the result, one or many by name, is that of `f`'s; the compiler cannot see that.
    return (names === undefined ? all[0] : Object.fromEntries(names.map((name, i) => [name, all[i]]))) as Out
  }

/** d f / d x, all of it: [...f(x).shape, ...x.shape]. For few outputs: one backward pass each, all at once. `x` is f32. */
export const jacobian =
  (f: (x: Expr) => Expr) =>
  (x: Expr): Expr => {
    const y = f(x)
    const count = sizeOf(y.shape)
    const rows = vmap(({ dy }) => pullback([[y, dy as Expr]], [x])[0] as Expr)({ dy: reshape(oneHot(iota([count]), count), [count, ...y.shape]) })
    return reshape(rows, [...y.shape, ...x.shape])
  }

/** Second derivatives of the loss `f` (f32 of one element): [...x.shape, ...x.shape]. For few elements: one pass each, all at once. */
export const hessian =
  (f: (x: Expr) => Expr) =>
  (x: Expr): Expr =>
    jacobian((at) => gradients(f(at), [at])[0] as Expr)(x)

/** Stands for one example while `f` is traced: an expression that no identity looks into, and that no other equals. */
const exampleOf = (x: Expr, axis: number): Expr => apply("gather", [x, constant(0, "i32")], { axis: fromFront(axis, x.shape.length) })

const inFront = (x: Expr, axis: number): Expr => {
  const at = fromFront(axis, x.shape.length)
  return transpose(x, [at, ...[...x.shape.keys()].filter((other) => other !== at)])
}

const batchSize = (names: readonly string[], at: Exprs, wholes: readonly Expr[]): number => {
  const missing = names.find((name) => at[name] === undefined)
  if (missing !== undefined) throw new TraceError("vmap", Object.values(at), `axes of the arguments ${Object.keys(at).join(", ")}, not of ${missing}`)
  const size = wholes[0]?.shape[0]
  if (size === undefined) throw new TraceError("vmap", Object.values(at), "an axis of one argument at least")
  if (wholes.some((x) => x.shape[0] !== size)) throw new TraceError("vmap", wholes, "one number of examples in all arguments")
  return size
}

const isExpr = (x: Expr | Exprs): x is Expr => typeof x["op"] === "string"
