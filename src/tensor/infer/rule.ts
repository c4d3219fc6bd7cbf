/**
 * What shape rules are written with: how a rule is called, the dtypes it admits, its operands, and what several rules ask.
 * The rules themselves are in the files beside this one, one a family of ops.
 */
import { isHalf } from "../../base/half.ts"
import type { Dtype, Shape } from "../../base/ndarray.ts"
import { broadcastShapes, equalShapes, withAxis } from "../shape.ts"
import type { Typed } from "../trace-error.ts"

/** Throws a `TraceError` naming the op and its operands unless `condition` holds. */
export type Need = (condition: boolean, expected: string) => void
/** From operands and attributes to the type of the result. */
export type Rule<A> = (operands: readonly Typed[], attrs: A, need: Need) => Typed
/** A rule for every op of a family: a missing row does not compile. */
export type Rules<Ops> = { readonly [Op in keyof Ops]: Rule<Ops[Op]> }

/** Lists of dtypes that rules admit. */
export const f32: readonly Dtype[] = ["f32"]
export const i32: readonly Dtype[] = ["i32"]
export const bool: readonly Dtype[] = ["bool"]
export const number: readonly Dtype[] = ["f32", "i32"]
export const anyDtype: readonly Dtype[] = ["f32", "i32", "u8", "bool", "f16", "bf16"]

/** Refuses `x` unless its dtype is one of `dtypes`. */
export const typed = (need: Need, x: Typed, dtypes: readonly Dtype[], what: string) =>
  need(dtypes.includes(x.dtype), `${what} of ${dtypes.join(" or ")}${isHalf(x.dtype) ? ` (${x.dtype} is for storage: cast it first)` : ""}`)

/** A rule of a source. */
export const none =
  <A>(rule: (attrs: A, need: Need) => Typed): Rule<A> =>
  (operands, attrs, need) => {
    need(operands.length === 0, "no operand")
    return rule(attrs, need)
  }
/** A rule of one operand of one of `dtypes`. */
export const one =
  <A>(dtypes: readonly Dtype[], rule: (x: Typed, attrs: A, need: Need) => Typed): Rule<A> =>
  (operands, attrs, need) => {
    need(operands.length === 1, "one operand")
    const [x] = operands as [Typed]
    typed(need, x, dtypes, "an operand")
    return rule(x, attrs, need)
  }
/** A rule of two operands. */
export const two =
  <A>(rule: (a: Typed, b: Typed, attrs: A, need: Need) => Typed): Rule<A> =>
  (operands, attrs, need) => {
    need(operands.length === 2, "two operands")
    const [a, b] = operands as [Typed, Typed]
    return rule(a, b, attrs, need)
  }

export const stretched = (need: Need, a: Shape, b: Shape): Shape => {
  const shape = broadcastShapes(a, b)
  need(shape !== undefined, "shapes that broadcast: aligned at the right, extents equal or 1")
  return shape as Shape
}
export const unary = (dtypes: readonly Dtype[]): Rule<unknown> => one(dtypes, ({ shape, dtype }) => ({ shape, dtype }))
export const inRank = (need: Need, axis: number, shape: Shape) =>
  need(Number.isInteger(axis) && axis >= 0 && axis < shape.length, `an axis within rank ${shape.length}, not ${axis}`)
export const nonEmpty = (need: Need, x: Typed, axes: readonly number[]) =>
  need(
    axes.every((axis) => x.shape[axis] !== 0),
    "at least one element along every reduced axis",
  )
export const sameBut = (a: Shape, b: Shape, axis: number): boolean =>
  a.length === b.length && equalShapes(withAxis(a, axis, 1), withAxis(b, axis, 1))
