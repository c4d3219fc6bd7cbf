/**
 * Rotary position embedding (Su et al., arXiv 2104.09864) in the rotate-half form of GPT-NeoX: for head width n, the pair
 * (i, i + n/2) turns by `position * 10000^(-2i/n)`.
 */
import { assert } from "../base/assert.ts"
import { ndarray } from "../base/ndarray.ts"
import type { Expr } from "../tensor/expr.ts"
import { add, mul } from "../tensor/elementwise.ts"
import { gather } from "../tensor/indexing.ts"
import { concat, reshape, split } from "../tensor/reshape.ts"
import { constant } from "../tensor/source.ts"

export interface RopeTables {
  /** f32 [length, width], or whatever stretches to what is rotated. */
  readonly cos: Expr
  /** The same, negative in its first half: the sign of the rotation. */
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

/** The rows of tables for single positions: `positions` i32 [batch] -> tables f32 [batch, 1, 1, width], for x f32 [batch, heads, 1, width]. */
export const ropeAt = ({ cos, sin }: RopeTables, positions: Expr): RopeTables => {
  const rows = (table: Expr) => reshape(gather(table, positions), [positions.shape[0] as number, 1, 1, table.shape[1] as number])
  return { cos: rows(cos), sin: rows(sin) }
}

/** Rotates `x` f32 [..., length, width] by its position. */
export const rope = (x: Expr, { cos, sin }: RopeTables): Expr => {
  const [low, high] = split(x, 2) as [Expr, Expr]
  return add(mul(x, cos), mul(concat([high, low]), sin))
}
