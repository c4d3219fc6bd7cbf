/**
 * Writing token by token with a cache of keys and values (Pope et al., arXiv 2211.05102, section 2.1): a first call reads the
 * prompts, each later one a single token a row. The cache leaves under the name it came in by, so a device that holds it replaces
 * it in place. The same model as `gptForward`, up to rounding.
 */
import { must } from "../base/assert.ts"
import type { Shape } from "../base/ndarray.ts"
import { eq, le, where } from "../tensor/elementwise.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { pad, reshape } from "../tensor/reshape.ts"
import { iota } from "../tensor/source.ts"
import { TraceError } from "../tensor/trace-error.ts"
import { attend, causalMask, hideUnless, joinHeads, perHead, type AttentionWeights } from "./attention.ts"
import { blockAround } from "./block.ts"
import { embed } from "./embedding.ts"
import { gptHead, type GptConfig } from "./gpt.ts"
import { linear } from "./linear.ts"
import { rope, ropeAt, ropeTables, type RopeTables } from "./rope.ts"

export interface Decoded {
  /** Of the token after each: f32 [batch, length, vocabulary] from the first call, f32 [batch, vocabulary] from later ones. */
  readonly logits: Expr
  /** As `cacheShapes` says. */
  readonly cache: Exprs
}

const keysOf = (i: number): string => `cache/${i}/keys`
const valuesOf = (i: number): string => `cache/${i}/values`

/** Rotated keys, and values, of every block: `cache/<i>/keys` and `cache/<i>/values`, f32 [batch, heads, places, n]. */
export const cacheShapes = ({ blocks, heads, width }: GptConfig, batch: number, places: number): { readonly [name: string]: Shape } => {
  const shape = [batch, heads, places, width / heads]
  return Object.fromEntries(Array.from({ length: blocks }, (_, i) => [[keysOf(i), shape], [valuesOf(i), shape]] as const).flat())
}

/** Queries (scaled), keys and values of one block, rotated: f32 [batch, heads, length, n]. */
const project = (x: Expr, weights: AttentionWeights, heads: number, queries: RopeTables, keys: RopeTables) => ({
  query: rope(perHead(linear(x, weights.query), heads), queries),
  key: rope(perHead(linear(x, weights.key), heads), keys),
  value: perHead(linear(x, weights.value), heads),
})

/**
 * Reads prompts and fills a cache of `places`.
 * @param tokens i32 [batch, length], left-aligned; what stands behind a shorter prompt is never seen by the tokens before it, and is
 *   written over as its row goes on
 */
export const gptPrefill = (config: GptConfig, weights: Exprs, substrate: Expr, tokens: Expr, places: number): Decoded => {
  const [, length = 0] = tokens.shape
  if (length > places) throw new TraceError("gptPrefill", [tokens], `at most ${places} tokens, the places of the cache`)
  const n = config.width / config.heads
  const cache: Record<string, Expr> = {}
  const fill = (x: Expr): Expr => pad(x, [0, 0, 0, 0], [0, 0, places - length, 0])
  let x = embed(substrate, tokens, config.width, config.scaleEmbedding ?? true)
  for (let i = 0; i < config.blocks; i++) {
    x = blockAround(x, weights, i, (normed, attention) => {
      const { query, key, value } = project(normed, attention, config.heads, ropeTables(length, n, 1 / Math.sqrt(n)), ropeTables(length, n))
      Object.assign(cache, { [keysOf(i)]: fill(key), [valuesOf(i)]: fill(value) })
      return linear(joinHeads(attend(query, key, value, causalMask(length))), attention.out)
    })
  }
  return { logits: gptHead(weights, x), cache }
}

/**
 * One token more in every row.
 * @param tokens i32 [batch]; `positions` i32 [batch], their places, below the extent of the cache; `cache` by the names of `cacheShapes`
 */
export const gptDecode = (config: GptConfig, weights: Exprs, substrate: Expr, tokens: Expr, positions: Expr, cache: Exprs): Decoded => {
  const [batch = 0] = tokens.shape
  const n = config.width / config.heads
  const places = must(must(cache[keysOf(0)], keysOf(0)).shape[2], "places")
  const at = reshape(positions, [batch, 1, 1, 1])
  const isHere = eq(iota([1, 1, places, 1], 2), at)
  const visible = le(iota([1, 1, 1, places], 3), at)
  const queries = ropeAt(ropeTables(places, n, 1 / Math.sqrt(n)), positions)
  const keys = ropeAt(ropeTables(places, n), positions)
  const next: Record<string, Expr> = {}
  let x = embed(substrate, reshape(tokens, [batch, 1]), config.width, config.scaleEmbedding ?? true)
  for (let i = 0; i < config.blocks; i++) {
    x = blockAround(x, weights, i, (normed, attention) => {
      const { query, key, value } = project(normed, attention, config.heads, queries, keys)
      const allKeys = where(isHere, key, must(cache[keysOf(i)], keysOf(i)))
      const allValues = where(isHere, value, must(cache[valuesOf(i)], valuesOf(i)))
      Object.assign(next, { [keysOf(i)]: allKeys, [valuesOf(i)]: allValues })
      return linear(joinHeads(attend(query, allKeys, allValues, hideUnless(visible))), attention.out)
    })
  }
  return { logits: reshape(gptHead(weights, x), [batch, config.vocabulary]), cache: next }
}
