/** Rows of matrix products, reductions, scans and softmax: whatever combines elements along an axis. */
import { sizeOf, zeros } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import { type Emit, microsoft } from "./emit.ts"
import { arg, type Lowered, names, type Row, type Rows } from "./row.ts"

/** Transposed operands are read in place: by `Gemm` for matrices, by onnxruntime's `FusedMatMul` for stacks of them. */
const matmul = (emit: Emit, step: Lowered<"matmul">): string => {
  const { transposeA, transposeB } = step.attrs
  if (!transposeA && !transposeB) return emit.node("MatMul", names(step))
  const flags = { transA: Number(transposeA), transB: Number(transposeB) }
  if (step.args.every(({ shape }) => shape.length === 2)) return emit.node("Gemm", names(step), flags)
  const [m, n] = step.shape.slice(-2) as [number, number]
  return transposeA && !transposeB && n < m ? flipped(emit, step) : emit.node("FusedMatMul", names(step), flags, microsoft)
}

/**
 * A^T B as (B^T A)^T, for a B narrower than A: reading the larger operand along its rows takes two thirds of the time in attention's
 * backward pass, and onnxruntime merges the transposition with the one that puts the heads back.
 */
const flipped = (emit: Emit, step: Lowered<"matmul">): string => {
  const product = emit.node("FusedMatMul", [arg(step, 1).name, arg(step, 0).name], { transA: 1 }, microsoft)
  const batch = step.shape.length - 2
  return emit.node("Transpose", [product], { perm: [...Array(batch).keys(), batch + 1, batch] })
}

/** ONNX reads an empty list of axes as all of them; here it is none. */
const reduce =
  (opType: string): Row<"reduce_sum" | "reduce_max"> =>
  (emit, step) => {
    const { axes, keepDims } = step.attrs
    if (axes.length === 0) return arg(step, 0).name
    return emit.node(opType, [arg(step, 0).name, emit.int64(axes)], { keepdims: Number(keepDims) })
  }

const along =
  <Op extends "softmax" | "log_softmax">(opType: string): Row<Op> =>
  (emit, step) =>
    emit.node(opType, names(step), { axis: step.attrs.axis })

/**
 * onnxruntime's `TopK` gives equal elements in the order of their indices (its comparison says so, for every `k`), but orders nothing
 * beside a NaN, and divides by zero where there is no element.
 */
const topK = (emit: Emit, step: Lowered<"top_k">): string => {
  const { axis, k, largest } = step.attrs
  if (sizeOf(step.shape) === 0) return emit.constant(zeros("i32", step.shape))
  const { name, dtype } = arg(step, 0)
  const ordered = dtype === "f32" ? emit.node("Where", [emit.node("IsNaN", [name]), emit.scalar("f32", Infinity), name]) : name
  const [, indices] = emit.several("TopK", 2, [ordered, emit.int64([k])], { axis, largest: Number(largest), sorted: 1 })
  return emit.cast(indices!, "i32")
}

export const contractionRows = {
  matmul,
  reduce_sum: reduce("ReduceSum"),
  reduce_max: reduce("ReduceMax"),
  argmax: (emit, step) => emit.cast(emit.node("ArgMax", names(step), { axis: step.attrs.axis, keepdims: 0 }), "i32"),
  top_k: topK,
  cumsum: (emit, step) => {
    const { axis, exclusive, reverse } = step.attrs
    return emit.node("CumSum", [arg(step, 0).name, emit.scalar("i32", axis)], { exclusive: Number(exclusive), reverse: Number(reverse) })
  },
  softmax: along("Softmax"),
  log_softmax: along("LogSoftmax"),
} satisfies Partial<Rows<OpName>>
