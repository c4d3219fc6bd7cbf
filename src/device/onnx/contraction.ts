/** Rows of matrix products, reductions, scans and softmax: whatever combines elements along an axis. */
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

export const contractionRows = {
  matmul,
  reduce_sum: reduce("ReduceSum"),
  reduce_max: reduce("ReduceMax"),
  argmax: (emit, step) => emit.cast(emit.node("ArgMax", names(step), { axis: step.attrs.axis, keepdims: 0 }), "i32"),
  cumsum: (emit, step) => emit.node("CumSum", [arg(step, 0).name, emit.scalar("i32", step.attrs.axis)]),
  softmax: along("Softmax"),
  log_softmax: along("LogSoftmax"),
} satisfies Partial<Rows<OpName>>
