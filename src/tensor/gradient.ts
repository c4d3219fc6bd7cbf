/**
 * Reverse-mode differentiation: expressions in, expressions out. The rules of the ops are in `gradient-rules.ts`; forms that take
 * functions, and forward mode, are in `derivative.ts`.
 * Iterative, because traces are thousands of expressions deep. SPEC A1-A3.
 */
import { must } from "../base/assert.ts"
import { sizeOf } from "../base/ndarray.ts"
import { isOp } from "./apply.ts"
import { full } from "./cotangent.ts"
import { add } from "./elementwise.ts"
import { dependenciesFirst } from "./dependencies.ts"
import type { Expr } from "./expr.ts"
import { cotangents } from "./gradient-rules.ts"
import { loopKey } from "./loop-body.ts"
import { inGradientOf } from "./place.ts"
import { concat } from "./reshape.ts"
import { equalShapes, withAxis } from "./shape.ts"
import { constant } from "./source.ts"
import { TraceError } from "./trace-error.ts"

/** Results, and what arrives at each: the cotangents of the same shapes. */
export type Arriving = readonly (readonly [result: Expr, cotangent: Expr])[]

/**
 * The cotangent of each w of `wrt`, of its shape, when those of results are given: sum over results of cotangent^T (d result / d w);
 * zeros where no path leads. Nothing is traced for expressions that no `wrt` reaches. Each w is a variable of its own, whatever it
 * was computed from: an input, or an expression anywhere in the trace. Throws `TraceError` for integers and for cotangents of other shapes.
 */
export const pullback = (arriving: Arriving, wrt: readonly Expr[]): readonly Expr[] => {
  for (const [y, dy] of arriving) {
    if (y.dtype !== "f32" || dy.dtype !== "f32" || !equalShapes(y.shape, dy.shape)) throw new TraceError("pullback", [y, dy], "a result of f32 and a cotangent of its shape")
  }
  return transposed(arriving, wrt, "pullback", true)
}

/**
 * d loss / d w for each w of `wrt`, of w's shape; zeros where no path leads. `loss` is an f32 of one element. Nothing is
 * traced for expressions that no `wrt` reaches. Throws `TraceError` for a loss that is not one number and for integers.
 */
export const gradients = (loss: Expr, wrt: readonly Expr[]): readonly Expr[] => {
  if (loss.dtype !== "f32" || sizeOf(loss.shape) !== 1) throw new TraceError("gradients", [loss], "a loss that is one f32")
  return transposed([[loss, constant(1)]], wrt, "gradients", false)
}

/**
 * The walk itself; a cotangent may be smaller than its result, as `cotangent.ts` says. `cut`: a variable ends it; else it goes on to
 * variables that one is computed from.
 */
const transposed = (results: Arriving, wrt: readonly Expr[], name: string, cut: boolean): readonly Expr[] => {
  const integer = wrt.find((w) => w.dtype !== "f32")
  if (integer !== undefined) throw new TraceError(name, [integer], `${name} with respect to f32 only`)

  const variables = new Set<Expr | string>(wrt.map(identity))
  const isEnd = (x: Expr): boolean => cut && variables.has(identity(x))
  const order = dependenciesFirst(
    results.map(([y]) => y),
    isEnd,
  )
  const reached = new Set(variables)
  for (const x of order) {
    if (x.dtype === "f32" && !isOp(x, "stop_gradient") && x.args.some((arg) => reached.has(identity(arg)))) reached.add(identity(x))
  }
  const arriving = new Map<Expr | string, Expr[]>()
  const arrive = (at: Expr | string, d: Expr): void => {
    const sofar = arriving.get(at)
    if (sofar === undefined) arriving.set(at, [d])
    else sofar.push(d)
  }
  for (const [y, dy] of results) arrive(identity(y), dy)
  const siblings = applications(order.filter((x) => !isEnd(x)))
  for (const y of order.reverse()) {
    if (isEnd(y) || !y.args.some((arg) => reached.has(identity(arg)))) continue
    const here = (siblings.get(y) ?? [y]).flatMap((result): readonly (readonly [Expr, Expr])[] => {
      const parts = arriving.get(result)
      return parts === undefined ? [] : [[result, total(parts)]]
    })
    for (const [result, dy] of here) arriving.set(result, [dy])
    if (here.length === 0) continue
    inGradientOf(y, () => cotangents(here, pullback)).forEach((d, i) => {
      const arg = identity(must(y.args[i], "operand"))
      if (d !== undefined && reached.has(arg)) arrive(arg, d)
    })
  }
  return wrt.map((w) => full(total(arriving.get(identity(w)) ?? [constant(0)]), w.shape))
}

/** What makes two expressions one variable: inputs are one by their name (variables of a loop's body have none), all others by being the same value. */
const identity = (x: Expr): Expr | string => (isOp(x, "input") && x.attrs.name !== "" ? x.attrs.name : x)

/**
 * Results of one loop are differentiated together, when the walk from the end comes to the first of them: by then all that
 * uses any of them is done. The first stands for all, the others for none. A result at which the walk ends is not among them.
 */
const applications = (order: readonly Expr[]): ReadonlyMap<Expr, readonly Expr[]> => {
  const numbers = new Map<Expr, number>()
  const numberOf = (x: Expr): number => {
    const number = numbers.get(x) ?? numbers.size
    numbers.set(x, number)
    return number
  }
  const loops = new Map<string, Expr[]>()
  const results = new Map<Expr, Expr[]>()
  for (const x of order) {
    if (!isOp(x, "scan")) continue
    const key = loopKey(x.attrs, x.args.map(numberOf))
    const known = loops.get(key)
    if (known === undefined) {
      loops.set(key, [x])
      results.set(x, must(loops.get(key), key))
    } else {
      known.push(x)
      results.set(x, [])
    }
  }
  return results
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
