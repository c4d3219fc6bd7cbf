/** The position-wise part of a block: two linear maps with a GELU between. */
import { gelu } from "../tensor/activation.ts"
import type { Expr } from "../tensor/expr.ts"
import { linear } from "./linear.ts"

/** `up` f32 [d, h], `upBias` f32 [h], `down` f32 [h, d], `downBias` f32 [d]; h is 4 d by custom. */
export interface MlpWeights {
  readonly up: Expr
  readonly upBias: Expr
  readonly down: Expr
  readonly downBias: Expr
}

/** @param x f32 [..., d] */
export const mlp = (x: Expr, { up, upBias, down, downBias }: MlpWeights): Expr => linear(gelu(linear(x, up, upBias)), down, downBias)
