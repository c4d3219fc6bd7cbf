/**
 * Rows of the sources, the elementwise ops, comparison and choice. ONNX broadcasts as numpy does, so most are
 * one node; where onnxruntime has no CPU kernel for a dtype the row casts around it.
 */
import { ndarray } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Emit } from "./emit.ts"
import { arg, type Lowered, names, type Row, type Rows } from "./row.ts"

const direct =
  <Op extends OpName>(opType: string): Row<Op> =>
  (emit, step) =>
    emit.node(opType, names(step))

/** `Where` has no kernel for bool branches; they take the way round through u8. */
const where = (emit: Emit, step: Lowered<"where">): string => {
  if (step.dtype !== "bool") return emit.node("Where", names(step))
  const [condition, a, b] = [arg(step, 0).name, emit.cast(arg(step, 1).name, "u8"), emit.cast(arg(step, 2).name, "u8")]
  return emit.cast(emit.node("Where", [condition, a, b]), "bool")
}

/** The index along one axis as a literal that is 1 elsewhere, stretched: onnxruntime folds it when it loads the model. */
const iota = (emit: Emit, { attrs: { shape, axis } }: Lowered<"iota">): string => {
  const extent = shape[axis]!
  const line = shape.map((_, i) => (i === axis ? extent : 1))
  const literal = emit.constant(ndarray("i32", line, Int32Array.from({ length: extent }, (_, i) => i)))
  return shape.every((n, i) => i === axis || n === 1) ? literal : emit.expand(literal, shape)
}

export const elementwiseRows = {
  constant: (emit, { attrs }) => emit.constant(attrs.value),
  iota,
  neg: direct("Neg"),
  abs: direct("Abs"),
  sign: direct("Sign"),
  exp: direct("Exp"),
  log: direct("Log"),
  sqrt: direct("Sqrt"),
  reciprocal: direct("Reciprocal"),
  sin: direct("Sin"),
  cos: direct("Cos"),
  tanh: direct("Tanh"),
  erf: direct("Erf"),
  floor: direct("Floor"),
  add: direct("Add"),
  sub: direct("Sub"),
  mul: direct("Mul"),
  div: direct("Div"),
  pow: direct("Pow"),
  max: direct("Max"),
  min: direct("Min"),
  eq: direct("Equal"),
  lt: direct("Less"),
  le: direct("LessOrEqual"),
  and: direct("And"),
  or: direct("Or"),
  not: direct("Not"),
  where,
  cast: (emit, step) => (arg(step, 0).dtype === step.attrs.to ? arg(step, 0).name : emit.cast(arg(step, 0).name, step.attrs.to)),
  stop_gradient: (_, step) => arg(step, 0).name,
} satisfies Partial<Rows<OpName>>
