/**
 * Reverse-mode differentiation: expressions in, expressions out. The rules of the ops are in `gradient-rules.ts`.
 * Iterative, because traces are thousands of expressions deep. SPEC A1-A3.
 */
import { must } from "../base/assert.ts"
import { sizeOf } from "../base/ndarray.ts"
import { isOp } from "./apply.ts"
import { full } from "./cotangent.ts"
import { add } from "./elementwise.ts"
import type { Expr, Exprs } from "./expr.ts"
import { cotangents } from "./gradient-rules.ts"
import { concat } from "./reshape.ts"
import { withAxis } from "./shape.ts"
import { constant } from "./source.ts"
import { TraceError } from "./trace-error.ts"

/**
 * d loss / d w for each w of `wrt`, of w's shape; zeros where no path leads. `loss` is an f32 of one element. Nothing is
 * traced for expressions that no `wrt` reaches. Throws `TraceError` for a loss that is not one number and for integers.
 */
export const gradients = (loss: Expr, wrt: readonly Expr[]): readonly Expr[] => {
  if (loss.dtype !== "f32" || sizeOf(loss.shape) !== 1) throw new TraceError("gradients", [loss], "a loss that is one f32")
  const integer = wrt.find((w) => w.dtype !== "f32")
  if (integer !== undefined) throw new TraceError("gradients", [integer], "gradients with respect to f32 only")

  const order = dependenciesFirst(loss)
  const reached = new Set<Expr | string>(wrt.map(identity))
  for (const x of order) {
    if (x.dtype === "f32" && !isOp(x, "stop_gradient") && x.args.some((arg) => reached.has(identity(arg)))) reached.add(identity(x))
  }
  const arriving = new Map<Expr | string, Expr[]>([[identity(loss), [constant(1)]]])
  for (const y of order.reverse()) {
    const parts = arriving.get(y)
    if (parts === undefined || !y.args.some((arg) => reached.has(identity(arg)))) continue
    const dy = total(parts)
    arriving.set(y, [dy])
    cotangents(y, dy).forEach((d, i) => {
      const arg = identity(must(y.args[i], "operand"))
      if (d === undefined || !reached.has(arg)) return
      const sofar = arriving.get(arg)
      if (sofar === undefined) arriving.set(arg, [d])
      else sofar.push(d)
    })
  }
  return wrt.map((w) => full(total(arriving.get(identity(w)) ?? [constant(0)]), w.shape))
}

/** What makes two expressions one variable: inputs are one by their name, all others by being the same value. */
const identity = (x: Expr): Expr | string => (isOp(x, "input") ? x.attrs.name : x)

/** The loss of `weights`, and its gradient by each of them, under the same names. */
export const valueAndGradients = (f: (weights: Exprs) => Expr, weights: Exprs): { readonly value: Expr; readonly gradients: Exprs } => {
  const value = f(weights)
  const names = Object.keys(weights)
  const found = gradients(
    value,
    names.map((name) => must(weights[name], name)),
  )
  return { value, gradients: Object.fromEntries(names.map((name, i) => [name, must(found[i], name)])) }
}

const dependenciesFirst = (root: Expr): Expr[] => {
  const order: Expr[] = []
  const done = new Set<Expr>()
  const stack = [root]
  for (let x = stack.at(-1); x !== undefined; x = stack.at(-1)) {
    const pending = done.has(x) ? [] : x.args.filter((arg) => !done.has(arg))
    if (pending.length > 0) {
      stack.push(...pending)
      continue
    }
    stack.pop()
    if (done.has(x)) continue
    done.add(x)
    order.push(x)
  }
  return order
}

/**
 * The sum of all that arrives. The gradient of a tensor that was cut into slices arrives as slices padded with zeros; where
 * they tile the tensor along one axis, their sum is a concatenation.
 */
const total = (parts: readonly Expr[]): Expr => {
  const joined = tiled(parts.filter((part) => isOp(part, "pad")))
  const terms = joined === undefined ? parts : [joined, ...parts.filter((part) => !isOp(part, "pad"))]
  return terms.reduce((a, b) => add(a, b))
}

const tiled = (parts: readonly Expr[]): Expr | undefined => {
  const [first] = parts
  if (first === undefined || parts.length < 2) return undefined
  for (const axis of first.shape.keys()) {
    const pieces = parts.flatMap((part) => piece(part, axis)).sort((a, b) => a.start - b.start)
    const end = pieces.reduce((at, { start, extent }) => (start === at ? at + extent : NaN), 0)
    if (pieces.length === parts.length && end === first.shape[axis])
      return concat(
        pieces.map(({ x }) => x),
        axis,
      )
  }
  return undefined
}

/** What `x` pads with zeros along `axis` and no other; nothing if it does something else. */
const piece = (x: Expr, axis: number): readonly { readonly x: Expr; readonly start: number; readonly extent: number }[] => {
  const [inner] = x.args
  if (!isOp(x, "pad") || inner === undefined || x.attrs.value !== 0) return []
  const same = withAxis(inner.shape, axis, 0).join() === withAxis(x.shape, axis, 0).join()
  return same ? [{ x: inner, start: must(x.attrs.low[axis], "padding"), extent: must(inner.shape[axis], "extent") }] : []
}
