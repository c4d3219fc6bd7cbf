/**
 * A decoder-only transformer over a given substrate: pre-norm blocks, rotary positions, GELU, an untied head (the layout of
 * arXiv 2507.07129). Weights are named `block/<i>/...`, `norm/...`, `head/...`, blocks from below; the substrate is
 * no weight of the model, though a trainer may train it.
 */
import { must } from "../base/assert.ts"
import { ndarray, sizeOf, type Shape, type Tensors } from "../base/ndarray.ts"
import type { Random } from "../base/random.ts"
import { checkpoint } from "../tensor/checkpoint.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { block, blockShapes } from "./block.ts"
import { embed } from "./embedding.ts"
import { layerNorm } from "./norm.ts"
import { linear } from "./linear.ts"

export interface GptConfig {
  readonly vocabulary: number
  /** Width of the substrate's rows; divides `width`. */
  readonly substrateWidth: number
  readonly width: number
  readonly heads: number
  readonly blocks: number
  /** Rows of the substrate times sqrt(substrateWidth), see `embed`; true unless said otherwise. */
  readonly scaleEmbedding?: boolean
  /** Whether a backward pass computes each block again instead of keeping what is inside (`checkpoint.ts`); false unless said otherwise. */
  readonly checkpoint?: boolean
}

/** Shapes of all weights but the substrate. */
export const gptShapes = (config: GptConfig): { readonly [name: string]: Shape } => ({
  ...Object.assign({}, ...Array.from({ length: config.blocks }, (_, i) => blockShapes(config.width, i))),
  "norm/scale": [config.width],
  "norm/bias": [config.width],
  "head/weight": [config.width, config.vocabulary],
  "head/bias": [config.vocabulary],
})

/** Number of weights without the substrate: `blocks (12 d^2 + 9 d) + 2 d + (d + 1) vocabulary`. */
export const countWeights = (config: GptConfig): number => Object.values(gptShapes(config)).reduce((n, shape) => n + sizeOf(shape), 0)

/**
 * GPT-2's initialisation: normal(0, 0.02), projections into the residual stream divided by sqrt(2 blocks), scales 1, biases
 * 0. Each weight draws from a stream of its own name, so a block's start does not depend on which others are drawn.
 */
export const initGpt = (config: GptConfig, random: Random): Tensors =>
  Object.fromEntries(
    Object.entries(gptShapes(config)).map(([name, shape]) => {
      const length = sizeOf(shape)
      if (name.endsWith("/scale")) return [name, ndarray("f32", shape, new Float32Array(length).fill(1))]
      if (name.endsWith("bias")) return [name, ndarray("f32", shape, new Float32Array(length))]
      const residual = name.endsWith("/out") || name.endsWith("/down")
      const deviation = residual ? 0.02 / Math.sqrt(2 * config.blocks) : 0.02
      return [
        name,
        ndarray(
          "f32",
          shape,
          random
            .fork(name)
            .normals(length)
            .map((x) => x * deviation),
        ),
      ]
    }),
  )

/** The last norm and the head: f32 [batch, length, width] -> logits f32 [batch, length, vocabulary]. */
export const gptHead = (weights: Exprs, x: Expr): Expr => {
  const w = (name: string) => must(weights[name], `weight ${name}`)
  return linear(layerNorm(x, w("norm/scale"), w("norm/bias")), w("head/weight"), w("head/bias"))
}

/** Logits f32 [batch, length, vocabulary] from vectors f32 [batch, length, width]. */
export const gptLogits = (config: GptConfig, weights: Exprs, embedded: Expr): Expr => {
  let x = embedded
  for (let i = 0; i < config.blocks; i++) {
    const layer = ({ x: at }: Exprs): Expr => block(must(at, "x"), weights, i, config.heads)
    x = config.checkpoint === true ? checkpoint(layer)({ x }) : layer({ x })
  }
  return gptHead(weights, x)
}

/**
 * Logits f32 [batch, length, vocabulary] for the token after each.
 * @param substrate f32 [vocabulary, substrateWidth]; `tokens` i32 [batch, length]
 */
export const gptForward = (config: GptConfig, weights: Exprs, substrate: Expr, tokens: Expr): Expr =>
  gptLogits(config, weights, embed(substrate, tokens, config.width, config.scaleEmbedding ?? true))
