/**
 * A residual network for small images (He et al., arXiv 1512.03385, section 4.2): a convolution, stages of basic blocks, the mean over all
 * places, a linear head. Stages after the first halve the image. `widths` [16, 32, 64] and 3 blocks are ResNet-20, 0.27 M weights.
 * Weights are named `stem/...`, `stage/<s>/block/<b>/<1 or 2>/...`, `head/...`; running moments lie beside them (`conv-block.ts`).
 */
import { must } from "../base/assert.ts"
import { type Shape, type Tensors } from "../base/ndarray.ts"
import type { Random } from "../base/random.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { mean } from "../tensor/reduce.ts"
import { convNormMoments, convNormRelu, convNormShapes, residualBlock, type LayerOptions } from "./conv-block.ts"
import { filled, heNormal } from "./initialise.ts"
import { linear } from "./linear.ts"

export interface ResnetConfig {
  /** Channels of the images. */
  readonly channels: number
  readonly classes: number
  /** Channels of each stage. */
  readonly widths: readonly number[]
  /** Blocks of each stage, two convolutions each. */
  readonly blocks: number
}

type Shapes = { readonly [name: string]: Shape }

/** Every convolution: its name, and its channels in and out. */
const layersOf = ({ channels, widths, blocks }: ResnetConfig): readonly (readonly [name: string, inner: number, outer: number])[] => [
  ["stem", channels, must(widths[0], "a stage")],
  ...widths.flatMap((width, s) =>
    Array.from({ length: blocks }, (_, b) => b).flatMap((b) => {
      const before = b === 0 && s > 0 ? must(widths[s - 1], "width") : width
      return [[`stage/${s}/block/${b}/1`, before, width] as const, [`stage/${s}/block/${b}/2`, width, width] as const]
    }),
  ),
]

/** Shapes of the weights. */
export const resnetShapes = (config: ResnetConfig): Shapes => ({
  ...Object.assign({}, ...layersOf(config).map(([name, inner, outer]) => convNormShapes(name, inner, outer))),
  "head/weight": [must(config.widths.at(-1), "a stage"), config.classes],
  "head/bias": [config.classes],
})

/** Shapes of the running moments, which a training step is given and carries. */
export const resnetMoments = (config: ResnetConfig): Shapes => Object.assign({}, ...layersOf(config).map(([name, , outer]) => convNormMoments(name, outer)))

/** Filters and head He normal, scales 1, biases 0; running means 0 and variances 1. Each weight draws from a stream of its own name. */
export const initResnet = (config: ResnetConfig, random: Random): { readonly weights: Tensors; readonly moments: Tensors } => {
  const first = (name: string, shape: Shape) => {
    if (name.endsWith("/weight")) return heNormal(random.fork(name), shape)
    return filled(shape, name.endsWith("/scale") || name.endsWith("/variance") ? 1 : 0)
  }
  const all = (shapes: Shapes): Tensors => Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, first(name, shape)]))
  return { weights: all(resnetShapes(config)), moments: all(resnetMoments(config)) }
}

/** Logits f32 [N, classes] of images f32 [N, channels, H, W], and in training the new running moments by name. */
export const resnetForward = (
  config: ResnetConfig,
  inputs: Exprs,
  images: Expr,
  options: LayerOptions,
): { readonly logits: Expr; readonly moments: Exprs } => {
  let { y, moments } = convNormRelu(images, inputs, "stem", options)
  config.widths.forEach((_, s) => {
    for (let b = 0; b < config.blocks; b++) {
      const block = residualBlock(y, inputs, `stage/${s}/block/${b}`, { ...options, stride: b === 0 && s > 0 ? 2 : 1 })
      y = block.y
      moments = { ...moments, ...block.moments }
    }
  })
  return { logits: linear(mean(y, [2, 3]), must(inputs["head/weight"], "head/weight"), must(inputs["head/bias"], "head/bias")), moments }
}
