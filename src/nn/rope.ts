/**
 * Rotary position embedding (Su et al., arXiv 2104.09864) in the rotate-half form of GPT-NeoX: for head width n, the pair
 * (i, i + n/2) turns by `position * 10000^(-2i/n)`.
 */
import { assert } from "../base/assert.ts"
import { ndarray } from "../base/ndarray.ts"
import type { Expr } from "../tensor/expr.ts"
import { add, mul } from "../tensor/elementwise.ts"
import { concat, split } from "../tensor/reshape.ts"
import { constant } from "../tensor/source.ts"

export interface RopeTables {
  /** f32 [length, width]. */
  readonly cos: Expr
  /** f32 [length, width], negative in its first half: the sign of the rotation. */
  readonly sin: Expr
}

/** Tables for `length` positions. `scale` multiplies both, which folds a factor on queries into the rotation. */
export const ropeTables = (length: number, width: number, scale = 1, base = 10000): RopeTables => {
  assert(width % 2 === 0, `RoPE needs an even head width, got ${width}`)
  const half = width / 2
  const table = (f: (angle: number) => number, sign: (i: number) => number) =>
    constant(
      ndarray(
        "f32",
        [length, width],
        Float32Array.from({ length: length * width }, (_, at) => {
          const [position, i] = [Math.floor(at / width), at % width]
          return scale * sign(i) * f(position * base ** ((-2 * (i % half)) / width))
        }),
      ),
    )
  return { cos: table(Math.cos, () => 1), sin: table(Math.sin, (i) => (i < half ? -1 : 1)) }
}

/** Rotates `x` f32 [..., length, width] by its position. */
export const rope = (x: Expr, { cos, sin }: RopeTables): Expr => {
  const [low, high] = split(x, 2) as [Expr, Expr]
  return add(mul(x, cos), mul(concat([high, low]), sin))
}
