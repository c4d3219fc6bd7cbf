/**
 * Scaled dot-product attention (Vaswani et al., arXiv 1706.03762): causal or not, over oneself or a memory, with a key and value head for
 * every query head, for a group of them (Ainslie et al., arXiv 2305.13245) or for all (Shazeer, arXiv 1911.02150). No biases.
 * Not here: attention that keeps keys and values between calls (`decode.ts`).
 */
import { softmax } from "../tensor/activation.ts"
import { add, lt, mul, where } from "../tensor/elementwise.ts"
import type { Expr } from "../tensor/expr.ts"
import { matmul } from "../tensor/linear-algebra.ts"
import { reshape, transpose } from "../tensor/reshape.ts"
import { iota } from "../tensor/source.ts"
import { TraceError } from "../tensor/trace-error.ts"
import { linear } from "./linear.ts"
import { rope, ropeTables } from "./rope.ts"

/** `query` f32 [d, heads n], `key` and `value` f32 [m, kvHeads n], `out` f32 [heads n, d], for a memory of width m and heads of width n. */
export interface AttentionWeights {
  readonly query: Expr
  readonly key: Expr
  readonly value: Expr
  readonly out: Expr
}

export interface AttentionOptions {
  readonly heads: number
  /** Heads of keys and values, a divisor of `heads`: fewer of them share (grouped queries), 1 is multi-query. Default: `heads`. */
  readonly kvHeads?: number
  /** What is attended to, f32 [batch, places, m]. Default: x itself. */
  readonly memory?: Expr
  /** Every place sees itself and those before it. */
  readonly causal?: boolean
  /** Rotary positions on queries and keys (arXiv 2104.09864). */
  readonly rotary?: boolean
  /** bool that stretches to [batch, heads, length, places]: false hides. Every query must see something. */
  readonly mask?: Expr
}

/** Large enough to vanish in a softmax, small enough to stay finite on every device. */
const masked = -1e9

/** What is added to scores: nothing where `visible` holds. */
export const hideUnless = (visible: Expr): Expr => where(visible, 0, masked)

/** What is added to the scores, f32 [length, length]: rows are queries, and keys of later positions are masked. */
export const causalMask = (length: number): Expr => where(lt(iota([length, 1], 0), iota([1, length], 1)), masked, 0)

/** f32 [batch, length, heads n] -> [batch, heads, length, n]. */
export const perHead = (x: Expr, heads: number): Expr => {
  const [batch, length, width] = x.shape as [number, number, number]
  if (width % heads !== 0) throw new TraceError("attention", [x], `a width that ${heads} heads divide`)
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3])
}

/** The inverse of `perHead`. */
export const joinHeads = (x: Expr): Expr => {
  const [batch, heads, length, width] = x.shape as [number, number, number, number]
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * width])
}

/**
 * softmax(query key' + bias) value, f32 [batch, heads, length, n]; the scale is the caller's.
 * @param query f32 [batch, heads, length, n]; `key`, `value` f32 [batch, kvHeads, places, n]; `bias` stretches to [batch, heads, length, places]
 */
export const attend = (query: Expr, key: Expr, value: Expr, bias?: Expr): Expr => {
  const [batch, heads, length, n] = query.shape as [number, number, number, number]
  const [, kvHeads = 0, places = 0] = key.shape
  if (kvHeads === 0 || heads % kvHeads !== 0) throw new TraceError("attention", [query, key], `key heads that divide ${heads} query heads`)
  // Queries that share keys are rows of one product.
  const rows = reshape(query, [batch, kvHeads, (heads / kvHeads) * length, n])
  const scores = reshape(matmul(rows, key, { transposeB: true }), [batch, heads, length, places])
  const shares = softmax(bias === undefined ? scores : add(scores, bias))
  return reshape(matmul(reshape(shares, [batch, kvHeads, (heads / kvHeads) * length, places]), value), [batch, heads, length, value.shape[3] as number])
}

/** @param x f32 [batch, length, d] -> f32 [batch, length, d] */
export const attention = (x: Expr, weights: AttentionWeights, options: AttentionOptions): Expr => {
  const { heads, kvHeads = heads, memory = x, causal = false, rotary = false, mask } = options
  const [length, places] = [x.shape[1] as number, memory.shape[1] as number]
  if (causal && length !== places) throw new TraceError("attention", [x, memory], "as many places as queries where attention is causal")
  const query = perHead(linear(x, weights.query), heads) // [batch, heads, length, n]
  const n = query.shape[3] as number
  const scale = 1 / Math.sqrt(n)
  const key = perHead(linear(memory, weights.key), kvHeads)
  const value = perHead(linear(memory, weights.value), kvHeads)
  // The softmax scale rides on the rotation of the queries where there is one.
  const turned = rotary ? rope(query, ropeTables(length, n, scale)) : mul(query, scale)
  const biases = [...(causal ? [causalMask(length)] : []), ...(mask === undefined ? [] : [hideUnless(mask)])]
  const bias = biases.length === 0 ? undefined : biases.reduce((a, b) => add(a, b))
  return linear(joinHeads(attend(turned, rotary ? rope(key, ropeTables(places, n)) : key, value, bias)), weights.out)
}

/** Causal self-attention with rotary positions. @param x f32 [batch, length, d], d divisible by `heads` into an even head width. */
export const causalAttention = (x: Expr, weights: AttentionWeights, heads: number): Expr =>
  attention(x, weights, { heads, causal: true, rotary: true })
