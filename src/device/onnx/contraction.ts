/** Rows of matrix products, reductions, scans and softmax: whatever combines elements along an axis. */
import { sizeOf, zeros } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Emit } from "./emit.ts"
import { product } from "./product.ts"
import { arg, type Lowered, names, type Row, type Rows } from "./row.ts"

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
  matmul: (emit, step) => product(emit, arg(step, 0), arg(step, 1), step.attrs),
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
