/**
 * A decoder-only transformer over a given substrate: pre-norm blocks, rotary positions, GELU, an untied head. No biases on
 * the attention's projections, biases in the MLP and the head (the layout of arXiv 2507.07129, where a block of
 * width d has 12 d^2 + 9 d weights). Weights are named `block/<i>/...`, `norm/...`, `head/...`, blocks from below.
 */
import { must } from "../base/assert.ts"
import { ndarray, sizeOf, type Shape, type Tensors } from "../base/ndarray.ts"
import type { Random } from "../base/random.ts"
import { gelu } from "../tensor/activation.ts"
import { add, mul } from "../tensor/elementwise.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { gather } from "../tensor/indexing.ts"
import { repeatInterleave } from "../tensor/reshape.ts"
import { causalAttention } from "./attention.ts"
import { linear } from "./linear.ts"
import { layerNorm } from "./norm.ts"

export interface GptConfig {
  readonly vocabulary: number
  /** Width of the substrate's rows; divides `width`. */
  readonly substrateWidth: number
  readonly width: number
  readonly heads: number
  readonly blocks: number
}

/** Shapes of the weights of block `i`. */
export const blockShapes = ({ width: d }: GptConfig, i: number): { readonly [name: string]: Shape } => ({
  [`block/${i}/norm1/scale`]: [d],
  [`block/${i}/norm1/bias`]: [d],
  [`block/${i}/attention/query`]: [d, d],
  [`block/${i}/attention/key`]: [d, d],
  [`block/${i}/attention/value`]: [d, d],
  [`block/${i}/attention/out`]: [d, d],
  [`block/${i}/norm2/scale`]: [d],
  [`block/${i}/norm2/bias`]: [d],
  [`block/${i}/mlp/up`]: [d, 4 * d],
  [`block/${i}/mlp/up_bias`]: [4 * d],
  [`block/${i}/mlp/down`]: [4 * d, d],
  [`block/${i}/mlp/down_bias`]: [d],
})

/** Shapes of all weights but the substrate. */
export const gptShapes = (config: GptConfig): { readonly [name: string]: Shape } => ({
  ...Object.assign({}, ...Array.from({ length: config.blocks }, (_, i) => blockShapes(config, i))),
  "norm/scale": [config.width],
  "norm/bias": [config.width],
  "head/weight": [config.width, config.vocabulary],
  "head/bias": [config.vocabulary],
})

/** Number of weights without the substrate: `blocks (12 d^2 + 9 d) + 2 d + (d + 1) vocabulary`. */
export const countWeights = (config: GptConfig): number => Object.values(gptShapes(config)).reduce((n, shape) => n + sizeOf(shape), 0)

/**
 * GPT-2's initialisation: normal(0, 0.02), projections into the residual stream divided by sqrt(2 blocks), scales 1, biases
 * 0. Each weight draws from a stream of its own name, so how many blocks there are changes a block's start by that divisor
 * alone.
 */
export const initGpt = (config: GptConfig, random: Random): Tensors =>
  Object.fromEntries(
    Object.entries(gptShapes(config)).map(([name, shape]) => {
      const length = sizeOf(shape)
      if (name.endsWith("/scale")) return [name, ndarray("f32", shape, new Float32Array(length).fill(1))]
      if (name.endsWith("bias")) return [name, ndarray("f32", shape, new Float32Array(length))]
      const residual = name.endsWith("/out") || name.endsWith("/down")
      const deviation = residual ? 0.02 / Math.sqrt(2 * config.blocks) : 0.02
      return [name, ndarray("f32", shape, random.fork(name).normals(length).map((x) => x * deviation))]
    }),
  )

const weight = (weights: Exprs, name: string): Expr => must(weights[name], `weight ${name}`)

/** One pre-norm block: `x + attention(norm(x))`, then `x + mlp(norm(x))`; f32 [batch, length, d]. */
export const gptBlock = (config: GptConfig, weights: Exprs, i: number, x: Expr): Expr => {
  const w = (name: string) => weight(weights, `block/${i}/${name}`)
  const attention = { query: w("attention/query"), key: w("attention/key"), value: w("attention/value"), out: w("attention/out") }
  const attended = add(x, causalAttention(layerNorm(x, w("norm1/scale"), w("norm1/bias")), attention, config.heads))
  const hidden = gelu(linear(layerNorm(attended, w("norm2/scale"), w("norm2/bias")), w("mlp/up"), w("mlp/up_bias")))
  return add(attended, linear(hidden, w("mlp/down"), w("mlp/down_bias")))
}

/**
 * Logits f32 [batch, length, vocabulary] for the token after each.
 * Rows of a unit-norm substrate have an RMS of 1/sqrt(d): they are scaled by sqrt(d), to the size that norms give the blocks.
 * A narrower substrate is lifted by repeating each coordinate (2507.04886).
 * @param tokens i32 [batch, length]; `substrate` f32 [vocabulary, substrateWidth]
 */
export const gptForward = (config: GptConfig, weights: Exprs, substrate: Expr, tokens: Expr): Expr => {
  const rows = mul(gather(substrate, tokens), Math.sqrt(config.substrateWidth))
  const times = config.width / config.substrateWidth
  let x = times === 1 ? rows : repeatInterleave(rows, times)
  for (let i = 0; i < config.blocks; i++) x = gptBlock(config, weights, i, x)
  return linear(layerNorm(x, weight(weights, "norm/scale"), weight(weights, "norm/bias")), weight(weights, "head/weight"), weight(weights, "head/bias"))
}
