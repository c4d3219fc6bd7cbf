/**
 * One pre-norm transformer block (arXiv 2507.07129): no biases on the attention's projections, biases in the MLP, two affine
 * norms; 12 d^2 + 9 d weights.
 */
import { must } from "../base/assert.ts"
import type { Shape } from "../base/ndarray.ts"
import { add } from "../tensor/elementwise.ts"
import type { Expr, Exprs } from "../tensor/expr.ts"
import { causalAttention, type AttentionWeights } from "./attention.ts"
import { expertLayer } from "./expert-layer.ts"
import { layerNorm } from "./norm.ts"
import { mlp, type MlpWeights } from "./mlp.ts"

/** Shapes of the weights of block `i` of width `d`, named `block/<i>/...`. */
export const blockShapes = (d: number, i: number): { readonly [name: string]: Shape } => ({
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

/** A block that has a router, f32 [d, experts], has MLPs `expert/<j>/up`, ... in place of `mlp/up`, ... (`expert-layer.ts`). */
export const routerName = (i: number): string => `block/${i}/router`

/** `x + attend(norm(x))`, then `x + mlp(norm(x))`. `x` f32 [batch, length, d]; `attend` keeps its operand's shape. */
export const blockAround = (x: Expr, weights: Exprs, i: number, attend: (x: Expr, weights: AttentionWeights) => Expr): Expr => {
  const w = (name: string) => must(weights[`block/${i}/${name}`], `weight block/${i}/${name}`)
  const attention = { query: w("attention/query"), key: w("attention/key"), value: w("attention/value"), out: w("attention/out") }
  const attended = add(x, attend(layerNorm(x, w("norm1/scale"), w("norm1/bias")), attention))
  const inner = (at: string): MlpWeights => ({ up: w(`${at}/up`), upBias: w(`${at}/up_bias`), down: w(`${at}/down`), downBias: w(`${at}/down_bias`) })
  const normed = layerNorm(attended, w("norm2/scale"), w("norm2/bias"))
  const router = weights[routerName(i)]
  if (router === undefined) return add(attended, mlp(normed, inner("mlp")))
  return add(attended, expertLayer(normed, router, Array.from({ length: router.shape[1] as number }, (_, j) => inner(`expert/${j}`))))
}

/** A block with causal attention. `x` f32 [batch, length, d]. */
export const block = (x: Expr, weights: Exprs, i: number, heads: number): Expr =>
  blockAround(x, weights, i, (normed, attention) => causalAttention(normed, attention, heads))
