/**
 * Elementwise arithmetic, comparison and choice, with numpy's broadcasting. Where two operands are taken, either
 * may be a number. Not here: `exponential.ts`, `trigonometry.ts`, `rounding.ts`, `classify.ts`. A few identities are applied while tracing (x + 0, x * 1, -(-x), literal factors multiplied together or
 * moved to the smallest operand), so that gradients written in these functions stay short.
 */
import { sizeOf, type Dtype } from "../base/ndarray.ts"
import { assert } from "../base/assert.ts"
import { apply, isOp } from "./apply.ts"
import type { Expr } from "./expr.ts"
import type { OpName } from "./op.ts"
import { constant, lift, literal } from "./source.ts"

/** A traced tensor, or a number that takes the dtype of its partner. */
export type Operand = Expr | number

type Plain = Extract<
  OpName,
  "abs" | "exp" | "log" | "sqrt" | "reciprocal" | "sin" | "cos" | "tanh" | "erf" | "expm1" | "log1p" | "atan" | "not"
>
type Pair = Extract<
  OpName,
  "add" | "sub" | "mul" | "div" | "pow" | "mod" | "floor_div" | "bit_and" | "max" | "min" | "eq" | "lt" | "le" | "and" | "or"
>

/** The function of an op with one operand and no attributes. */
export const unary =
  (op: Plain) =>
  (x: Expr): Expr =>
    apply(op, [x], {})

/** Two operands as expressions; a number takes the dtype of its partner. */
export const both = (op: string, a: Operand, b: Operand): readonly [Expr, Expr] => {
  assert(typeof a !== "number" || typeof b !== "number", `${op}: one operand at least is an expression`)
  return typeof a === "number" ? [lift(a, b as Expr), b as Expr] : [a, lift(b, a)]
}
/** The function of an op with two operands and no attributes. */
export const pair =
  (op: Pair) =>
  (a: Operand, b: Operand): Expr =>
    apply(op, both(op, a, b), {})

export const abs = unary("abs")
export const exp = unary("exp")
/** Natural logarithm. */
export const log = unary("log")
export const sqrt = unary("sqrt")
export const reciprocal = unary("reciprocal")
export const sin = unary("sin")
export const cos = unary("cos")
export const tanh = unary("tanh")
/** The Gauss error function. */
export const erf = unary("erf")
export const not = unary("not")

/** -x; the sign goes into a literal factor if there is one. */
export const neg = (x: Expr): Expr => absorbed(x, -1) ?? apply("neg", [x], {})

export const add = (a: Operand, b: Operand): Expr => {
  const [x, y] = both("add", a, b)
  if (literal(y) === 0 && x.dtype === y.dtype) return x
  if (literal(x) === 0 && x.dtype === y.dtype) return y
  return isOp(y, "neg") ? sub(x, y.args[0] as Expr) : apply("add", [x, y], {})
}

export const sub = (a: Operand, b: Operand): Expr => {
  const [x, y] = both("sub", a, b)
  if (literal(y) === 0 && x.dtype === y.dtype) return x
  return isOp(y, "neg") ? add(x, y.args[0] as Expr) : apply("sub", [x, y], {})
}

export const mul = (a: Operand, b: Operand): Expr => {
  const [x, y] = both("mul", a, b)
  if (x.dtype !== "f32" || y.dtype !== "f32") return apply("mul", [x, y], {})
  const [left, right] = [literal(x), literal(y)]
  if (right !== undefined) return times(x, right)
  if (left !== undefined) return times(y, left)
  const [p, q] = [scaled(x), scaled(y)]
  // Not for a square: its operand may be wanted as it is.
  if (p !== undefined && x !== y && (q !== undefined || isSmaller(y, p.x) || takesIn(y, p.by))) return mul(p.x, times(y, p.by))
  if (q !== undefined && (isSmaller(x, q.x) || takesIn(x, q.by))) return mul(times(x, q.by), q.x)
  return apply("mul", [x, y], {})
}

/** x times a literal, with as few multiplications of large tensors as the form of `x` allows. */
const times = (x: Expr, by: number): Expr => (by === 1 ? x : (absorbed(x, by) ?? apply("mul", [x, constant(by)], {})))

/** x times a literal, if the factor can go into a literal that is there already, or into a smaller operand. */
const absorbed = (x: Expr, by: number): Expr | undefined => {
  const value = literal(x)
  if (x.dtype !== "f32") return undefined
  if (value !== undefined) return constant(value * by)
  const split = scaled(x)
  if (split !== undefined) return times(split.x, split.by * by)
  const [a, b] = x.args as readonly [Expr, Expr]
  if (takesIn(x, by)) return exp(sub((literal(a.args[0] as Expr) as number) + Math.log(by), a.args[1] as Expr))
  if (isOp(x, "neg")) return times(a, -by)
  if (!isOp(x, "mul") && !isOp(x, "div")) return undefined
  if (isSmaller(a, x) || scaled(a) !== undefined || takesIn(a, by)) return apply(x.op, [times(a, by), b], {})
  if (isOp(x, "mul") && (isSmaller(b, x) || scaled(b) !== undefined || takesIn(b, by))) return apply("mul", [a, times(b, by)], {})
  return undefined
}

/** x = by * rest, where `by` is a literal. */
const scaled = (x: Expr): { readonly x: Expr; readonly by: number } | undefined => {
  const [a, b] = x.args
  const by = isOp(x, "mul") && x.dtype === "f32" && b !== undefined ? literal(b) : undefined
  return by === undefined ? undefined : { x: a as Expr, by }
}

/** exp(c - u) for a literal c, to which the logarithm of a positive factor can be added. */
const takesIn = (x: Expr, by: number): boolean => {
  const [exponent] = x.args
  return by > 0 && isOp(x, "exp") && exponent !== undefined && isOp(exponent, "sub") && literal(exponent.args[0] as Expr) !== undefined
}

const isSmaller = (a: Expr, b: Expr): boolean => sizeOf(a.shape) < sizeOf(b.shape)

export const div = pair("div")
/** As IEEE `pow`: NaN for a negative base and a fractional exponent. */
export const pow = pair("pow")
/** The larger; where equal, the gradient goes to the first. NaN where either is NaN, as numpy's `maximum` (a GPU may give the other). */
export const max = pair("max")
/** The smaller, likewise. */
export const min = pair("min")

export const eq = pair("eq")
export const lt = pair("lt")
export const le = pair("le")
export const gt = (a: Operand, b: Operand): Expr => lt(b, a)
export const ge = (a: Operand, b: Operand): Expr => le(b, a)
export const ne = (a: Operand, b: Operand): Expr => not(eq(a, b))
export const and = pair("and")
export const or = pair("or")
/** Of two bool: whether they differ. */
export const xor = ne

/** `condition ? a : b`, elementwise; `condition` is bool. Two numbers are taken as f32. */
export const where = (condition: Expr, a: Operand, b: Operand): Expr => {
  const [x, y] = typeof a === "number" && typeof b === "number" ? [constant(a), constant(b)] : both("where", a, b)
  return apply("where", [condition, x, y], {})
}

/**
 * Floats to integers truncate towards zero (to u8: of values below 256 only); anything to bool is `!= 0`; to f16 and bf16 rounds to the
 * nearest, ties to even, beyond the largest to infinity. The last two are for storage: they can be moved and cast, not calculated
 * with. On a GPU, bf16 below 2^-126 may become 0.
 */
export const cast = (x: Expr, to: Dtype): Expr => (x.dtype === to ? x : apply("cast", [x], { to }))

/** The value, with a gradient of zero. */
export const stopGradient = (x: Expr): Expr => apply("stop_gradient", [x], {})

/** `value`, whose gradient goes to `through` (of the same shape; both f32) as it arrives: for values that have no useful one. */
export const straightThrough = (value: Expr, through: Expr): Expr => apply("straight_through", [value, through], {})
/** `x`, which no device has before `token` is computed, nor takes for `x` itself: keeps a value from being computed early, or once. */
export const after = (x: Expr, token: Expr): Expr => apply("after", [x, token], {})

export const square = (x: Expr): Expr => mul(x, x)
/** 1 / sqrt(x). */
export const rsqrt = (x: Expr): Expr => reciprocal(sqrt(x))
/** a where t is 0, b where t is 1, on the line through both elsewhere; all f32. */
export const lerp = (a: Expr, b: Expr, t: Operand): Expr => add(a, mul(sub(b, a), t))
/** x within [low, high], which may be tensors; where x is at a bound or within, the gradient goes to x. */
export const clip = (x: Expr, low: Operand, high: Operand): Expr => min(max(x, low), high)
