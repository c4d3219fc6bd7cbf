/**
 * What shape rules are written with: how a rule is called, the dtypes it admits, and its number of operands.
 * The rules themselves are in `infer.ts`.
 */
import type { Dtype } from "../base/ndarray.ts"
import type { Typed } from "./trace-error.ts"

/** Throws a `TraceError` naming the op and its operands unless `condition` holds. */
export type Need = (condition: boolean, expected: string) => void
/** From operands and attributes to the type of the result. */
export type Rule<A> = (operands: readonly Typed[], attrs: A, need: Need) => Typed

/** Lists of dtypes that rules admit. */
export const f32: readonly Dtype[] = ["f32"]
export const i32: readonly Dtype[] = ["i32"]
export const bool: readonly Dtype[] = ["bool"]
export const number: readonly Dtype[] = ["f32", "i32"]
export const anyDtype: readonly Dtype[] = ["f32", "i32", "u8", "bool"]

/** Refuses `x` unless its dtype is one of `dtypes`. */
export const typed = (need: Need, x: Typed, dtypes: readonly Dtype[], what: string) =>
  need(dtypes.includes(x.dtype), `${what} of ${dtypes.join(" or ")}`)

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
