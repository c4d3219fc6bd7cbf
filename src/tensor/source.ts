/**
 * Expressions without arguments: inputs, constants and index ranges.
 */
import { isHalf } from "../base/half.ts"
import { scalar, type Dtype, type NdArray, type Shape } from "../base/ndarray.ts"
import { apply, isOp } from "./apply.ts"
import type { Expr } from "./expr.ts"
import { TraceError, type Typed } from "./trace-error.ts"
import { fromFront } from "./shape.ts"

/** A named argument of the program. Two inputs of one name in a program must have one type. */
export const input = (name: string, shape: Shape, dtype: Dtype = "f32"): Expr => {
  if (name === "") throw new TraceError("input", [{ shape, dtype }], "a name")
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw new TraceError(`input ${name}`, [{ shape, dtype }], "extents that are whole and not negative")
  }
  return Object.freeze({ op: "input", args: [], attrs: { name }, shape, dtype } satisfies Expr<"input">)
}

/** A literal. A plain number is a scalar of `dtype`. */
export const constant = (value: NdArray | number, dtype: Dtype = "f32"): Expr =>
  apply("constant", [], { value: typeof value === "number" ? scalar(dtype, value) : value })

/** i32 of `shape`: each element is its index along `axis`. */
export const iota = (shape: Shape, axis = -1): Expr => apply("iota", [], { shape, axis: fromFront(axis, shape.length) })

/** The expression itself, or the number as a scalar of the dtype of its partner. */
export const lift = (x: Expr | number, like: Typed): Expr => (typeof x === "number" ? constant(x, like.dtype) : x)

/** The value of a scalar constant that can be calculated with, or `undefined`. */
export const literal = (x: Expr): number | undefined =>
  isOp(x, "constant") && x.shape.length === 0 && !isHalf(x.dtype) ? x.attrs.value.data[0] : undefined
