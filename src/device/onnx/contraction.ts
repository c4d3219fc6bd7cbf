/** Rows of matrix products, reductions, scans and softmax: whatever combines elements along an axis. */
import type { OpName } from "../../tensor/op.ts"
import { type Emit, microsoft } from "./emit.ts"
import { arg, type Lowered, names, type Row, type Rows } from "./row.ts"

/** Transposed operands are read in place: by `Gemm` for matrices, by onnxruntime's `FusedMatMul` for stacks of them. */
const matmul = (emit: Emit, step: Lowered<"matmul">): string => {
  const { transposeA, transposeB } = step.attrs
  if (!transposeA && !transposeB) return emit.node("MatMul", names(step))
  const flags = { transA: Number(transposeA), transB: Number(transposeB) }
  const matrices = step.args.every(({ shape }) => shape.length === 2)
  return matrices ? emit.node("Gemm", names(step), flags) : emit.node("FusedMatMul", names(step), flags, microsoft)
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
