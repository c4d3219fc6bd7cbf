/** Batch rules: ops that combine elements along axes: products, reductions, scans, softmax. */
import { apply } from "../apply.ts"
import type { Expr } from "../expr.ts"
import { matmul } from "../linear-algebra.ts"
import type { OpName } from "../op.ts"
import { reshape } from "../reshape.ts"
import { aligned, type Rule, type Rules, type Site } from "./rule.ts"
import type { ContractionOps } from "../op/contraction.ts"

/**
 * Stays one product. One matrix for all examples: their rows (or, where each has one column, their columns) are the rows of a tall
 * operand. Two batched operands, as in the gradient of a matrix by each example: a stack of products.
 */
const matmulRule: Rule<"matmul"> = ({ a, b, y, attrs, attrs: { transposeA, transposeB }, size }) => {
  if (!b.batched && b.x.shape.length === 2 && !transposeA) return matmul(a.x, b.x, { transposeB })
  const column = y.shape.length === 2 && y.shape[1] === 1
  if (!a.batched && a.x.shape.length === 2 && column) {
    const rows = matmul(reshape(b.x, [size, b.x.shape[transposeB ? 2 : 1] as number]), a.x, { transposeB: !transposeA })
    return reshape(rows, [size, ...y.shape])
  }
  const rank = y.shape.length
  return apply("matmul", [aligned(a, rank), aligned(b, rank)], attrs)
}

const reduce = <Op extends "reduce_sum" | "reduce_max">({ op, a, attrs }: Site<Op>): Expr =>
  apply<OpName>(op, [a.x], { ...attrs, axes: attrs.axes.map((axis) => axis + 1) })

/** Ops with an attribute `axis` and one operand: the axis is one further. */
const along = <Op extends "argmax" | "top_k" | "cumsum" | "softmax" | "log_softmax">({ op, a, attrs }: Site<Op>): Expr =>
  apply<OpName>(op, [a.x], { ...attrs, axis: attrs.axis + 1 })

export const contractionRules: Rules<ContractionOps> = {
  matmul: matmulRule,
  reduce_sum: reduce,
  reduce_max: reduce,
  argmax: along,
  top_k: along,
  cumsum: along,
  softmax: along,
  log_softmax: along,
}
