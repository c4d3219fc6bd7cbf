/**
 * Rotary position embedding (Su et al., arXiv 2104.09864) in the rotate-half form: for head width n, the pair (i, i + n/2)
 * turns by `position * 10000^(-2i/n)`.
 */
import { assert } from "../base/assert.ts"
import { ndarray } from "../base/ndarray.ts"
import type { Expr } from "../tensor/expr.ts"
import { add, mul, neg } from "../tensor/elementwise.ts"
import { concat, split } from "../tensor/reshape.ts"
import { constant } from "../tensor/source.ts"

export interface RopeTables {
  /** f32 [length, width]. */
  readonly cos: Expr
  readonly sin: Expr
}

/** Tables for `length` positions. `scale` multiplies both, which folds a factor on queries into the rotation. */
export const ropeTables = (length: number, width: number, scale = 1, base = 10000): RopeTables => {
  assert(width % 2 === 0, `RoPE needs an even head width, got ${width}`)
  const table = (f: (angle: number) => number) =>
    constant(ndarray("f32", [length, width], Float32Array.from({ length: length * width }, (_, at) => {
      const [position, i] = [Math.floor(at / width), (at % width) % (width / 2)]
      return scale * f(position * base ** ((-2 * i) / width))
    })))
  return { cos: table(Math.cos), sin: table(Math.sin) }
}

/** Rotates `x` f32 [..., length, width] by its position. */
export const rope = (x: Expr, { cos, sin }: RopeTables): Expr => {
  const [low, high] = split(x, 2) as [Expr, Expr]
  return add(mul(x, cos), mul(concat([neg(high), low]), sin))
}
