/** Causal multi-head self-attention (Vaswani et al., arXiv 1706.03762) with rotary positions and no biases. */
import { softmax } from "../tensor/activation.ts"
import { add, lt, where } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { matmul } from "../tensor/linear-algebra.ts"
import { reshape, transpose } from "../tensor/reshape.ts"
import { iota } from "../tensor/source.ts"
import { TraceError } from "../tensor/trace-error.ts"
import { linear } from "./linear.ts"
import { rope, ropeTables } from "./rope.ts"

/** f32 [d, d] each. */
export interface AttentionWeights {
  readonly query: Expr
  readonly key: Expr
  readonly value: Expr
  readonly out: Expr
}

/** Large enough to vanish in a softmax, small enough to stay finite on every device. */
const masked = -1e9

/** What is added to the scores, f32 [length, length]: rows are queries, and keys of later positions are masked. */
const causalMask = (length: number): Expr => where(lt(iota([length, 1], 0), iota([1, length], 1)), masked, 0)

/** @param x f32 [batch, length, d], d divisible by `heads` into an even head width. */
export const causalAttention = (x: Expr, weights: AttentionWeights, heads: number): Expr => {
  const [batch, length, width] = x.shape as [number, number, number]
  if (width % heads !== 0) throw new TraceError("causalAttention", [x], `a width that ${heads} heads divide`)
  const headWidth = width / heads
  const perHead = (y: Expr) => transpose(reshape(y, [batch, length, heads, headWidth]), [0, 2, 1, 3]) // [batch, heads, length, headWidth]
  // The softmax scale 1/sqrt(headWidth) rides on the rotation of the queries.
  const query = rope(perHead(linear(x, weights.query)), ropeTables(length, headWidth, 1 / Math.sqrt(headWidth)))
  const key = rope(perHead(linear(x, weights.key)), ropeTables(length, headWidth))
  const scores = add(matmul(query, key, { transposeB: true }), causalMask(length)) // [batch, heads, length, length]
  const mixed = matmul(softmax(scores), perHead(linear(x, weights.value)))
  return linear(reshape(transpose(mixed, [0, 2, 1, 3]), [batch, length, width]), weights.out)
}
