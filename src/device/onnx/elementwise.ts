/**
 * Rows of the sources, the elementwise ops, comparison and choice. ONNX broadcasts as numpy does, so most are
 * one node; where onnxruntime has no CPU kernel for a dtype the row casts around it.
 */
import { isHalf } from "../../base/half.ts"
import { ndarray, type Shape, sizeOf } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Emit } from "./emit.ts"
import { arg, type Lowered, names, type Row, type Rows } from "./row.ts"

const direct =
  <Op extends OpName>(opType: string): Row<Op> =>
  (emit, step) =>
    emit.node(opType, names(step))

/**
 * Arithmetic that broadcasts. Beside a last extent of 1 onnxruntime stretches a scalar element by element, 40 times as slow: such a
 * column takes part as a row.
 */
const stretching =
  <Op extends "add" | "sub" | "mul" | "div">(opType: string): Row<Op> =>
  (emit, step) => {
    const isColumn = step.shape.at(-1) === 1 && sizeOf(step.shape) >= fewestInColumn && step.args.some(({ shape }) => sizeOf(shape) === 1)
    if (!isColumn) return emit.node(opType, names(step))
    const flat = step.args.map(({ name, shape }) => (sizeOf(shape) === 1 ? name : emit.reshape(name, [sizeOf(shape)])))
    return emit.reshape(emit.node(opType, flat), step.shape)
  }

/** From here on two reshapes are worth it. */
const fewestInColumn = 256

/** `Where` has no kernel for bool branches; they take the way round through u8. */
const where = (emit: Emit, step: Lowered<"where">): string => {
  if (step.dtype !== "bool") return emit.node("Where", names(step))
  const [condition, a, b] = [arg(step, 0).name, emit.cast(arg(step, 1).name, "u8"), emit.cast(arg(step, 2).name, "u8")]
  return emit.cast(emit.node("Where", [condition, a, b]), "bool")
}

/**
 * 2 tanh(x/2) / (1 - tanh(x/2)) = tanh(x/2) (exp(x) + 1): onnxruntime's tanh is accurate near 0, and nothing cancels or
 * overflows before the result does.
 */
const expm1 = (emit: Emit, step: Lowered<"expm1">): string => {
  const x = arg(step, 0).name
  const half = emit.node("Tanh", [emit.node("Mul", [x, emit.scalar("f32", 0.5)])])
  return emit.node("Mul", [half, emit.node("Add", [emit.node("Exp", [x]), emit.scalar("f32", 1)])])
}

/**
 * As the sum of one element each: `Log` itself computes the last few elements of a thread's share by another routine, so that its
 * last bits depend on the number of threads. As fast on one thread.
 */
const log = (emit: Emit, value: string, shape: Shape): string => {
  if (sizeOf(shape) === 0) return emit.node("Log", [value])
  const row = emit.node("ReduceLogSum", [emit.reshape(value, [1, sizeOf(shape)]), emit.int64([0])], { keepdims: 0 })
  return emit.reshape(row, shape)
}

/**
 * log(u) + (x - (u - 1)) / u with u = 1 + x as it is rounded: the quotient is what rounding took from x, to first order. The bounds keep
 * infinity and -1 from becoming NaN; no x beyond the upper one loses anything.
 */
const log1p = (emit: Emit, step: Lowered<"log1p">): string => {
  const x = arg(step, 0).name
  const [one, most, least] = [1, 1e10, 1e-30].map((value) => emit.scalar("f32", value)) as [string, string, string]
  const u = emit.node("Add", [x, one])
  const kept = emit.node("Sub", [emit.node("Min", [u, most]), one])
  const lost = emit.node("Sub", [emit.node("Min", [x, most]), kept])
  return emit.node("Add", [log(emit, u, step.shape), emit.node("Div", [lost, emit.node("Max", [u, least])])])
}

/** The divisor with 1 in place of 0, which onnxruntime refuses, and where it is 0. */
const divisor = (emit: Emit, step: Lowered<"mod" | "floor_div">): { readonly none: string; readonly safe: string } => {
  const none = emit.node("Equal", [arg(step, 1).name, emit.scalar("i32", 0)])
  return { none, safe: emit.node("Where", [none, emit.scalar("i32", 1), arg(step, 1).name]) }
}

/** `Mod` of integers has the sign of the divisor; that of floats has the sign of the dividend. */
const mod = (emit: Emit, step: Lowered<"mod" | "floor_div">): string => {
  const [a, b] = [arg(step, 0).name, arg(step, 1).name]
  if (step.dtype === "i32") return emit.node("Mod", [a, divisor(emit, step).safe])
  const rest = emit.node("Mod", [a, b], { fmod: 1 })
  const opposite = emit.node("Less", [emit.node("Mul", [emit.node("Sign", [rest]), b]), emit.scalar("f32", 0)])
  return emit.node("Where", [opposite, emit.node("Add", [rest, b]), rest])
}

/** `Div` of integers truncates: one less where something remains and the signs differ. */
const floorDiv = (emit: Emit, step: Lowered<"floor_div">): string => {
  const [a, b] = [arg(step, 0).name, arg(step, 1).name]
  if (step.dtype === "f32") return emit.node("Round", [emit.node("Div", [emit.node("Sub", [a, mod(emit, step)]), b])])
  const { none, safe } = divisor(emit, step)
  const zero = emit.scalar("i32", 0)
  const remains = emit.node("Not", [emit.node("Equal", [emit.node("Mod", [a, safe]), zero])])
  const opposite = emit.node("Xor", [emit.node("Less", [a, zero]), emit.node("Less", [safe, zero])])
  const below = emit.cast(emit.node("And", [remains, opposite]), "i32")
  return emit.node("Where", [none, zero, emit.node("Sub", [emit.node("Div", [a, safe]), below])])
}

/** To a 16-bit float and back: rounded as that is, carried by an f32. onnxruntime rounds to the nearest, ties to even. */
const cast = (emit: Emit, step: Lowered<"cast">): string => {
  const { to } = step.attrs
  const { name, dtype } = arg(step, 0)
  if (isHalf(to)) return emit.cast(emit.cast(name, to), "f32")
  return dtype === to ? name : emit.cast(name, to)
}

/** The index along one axis as a literal that is 1 elsewhere, stretched: onnxruntime folds it when it loads the model. */
const iota = (emit: Emit, { attrs: { shape, axis } }: Lowered<"iota">): string => {
  const extent = shape[axis]!
  const line = shape.map((_, i) => (i === axis ? extent : 1))
  const literal = emit.constant(ndarray("i32", line, Int32Array.from({ length: extent }, (_, i) => i)))
  return shape.every((n, i) => i === axis || n === 1) ? literal : emit.expand(literal, shape)
}

/**
 * A copy by a condition that is read from the token, both branches the same: onnxruntime cannot know what it will be, so it neither
 * folds the copy nor merges what follows from it with what follows from the original, and runs it when the token is there.
 */
const after = (emit: Emit, step: Lowered<"after">): string => {
  const [x, token] = [arg(step, 0), arg(step, 1)]
  if (sizeOf(x.shape) === 0 || sizeOf(token.shape) === 0) return x.name
  const line = token.shape.length === 1 ? token.name : emit.reshape(token.name, [sizeOf(token.shape)])
  const condition = emit.cast(emit.node("Gather", [line, emit.scalar("i32", 0)], { axis: 0 }), "bool")
  const copied = x.dtype === "bool" ? emit.cast(x.name, "u8") : x.name
  const copy = emit.node("Where", [condition, copied, copied])
  return x.dtype === "bool" ? emit.cast(copy, "bool") : copy
}

export const elementwiseRows = {
  constant: (emit, { attrs }) => emit.constant(attrs.value),
  iota,
  neg: direct("Neg"),
  abs: direct("Abs"),
  sign: direct("Sign"),
  exp: direct("Exp"),
  log: (emit, step) => log(emit, arg(step, 0).name, step.shape),
  sqrt: direct("Sqrt"),
  reciprocal: direct("Reciprocal"),
  sin: direct("Sin"),
  cos: direct("Cos"),
  tanh: direct("Tanh"),
  erf: direct("Erf"),
  expm1,
  log1p,
  atan: direct("Atan"),
  floor: direct("Floor"),
  round: direct("Round"),
  add: stretching("Add"),
  sub: stretching("Sub"),
  mul: stretching("Mul"),
  div: stretching("Div"),
  pow: direct("Pow"),
  mod,
  floor_div: floorDiv,
  max: direct("Max"),
  min: direct("Min"),
  bit_and: direct("BitwiseAnd"),
  eq: direct("Equal"),
  lt: direct("Less"),
  le: direct("LessOrEqual"),
  and: direct("And"),
  or: direct("Or"),
  not: direct("Not"),
  where,
  cast,
  stop_gradient: (_, step) => arg(step, 0).name,
  straight_through: (_, step) => arg(step, 0).name,
  after,
  checkpoint: (_, step) => arg(step, 0).name,
} satisfies Partial<Rows<OpName>>
