/**
 * Matrix products.
 */
import { sizeOf } from "../base/ndarray.ts"
import { apply } from "./apply.ts"
import type { Expr } from "./expr.ts"
import { reshape } from "./reshape.ts"

export interface Transposed {
  /** `a` is stored [..., k, m]. */
  readonly transposeA?: boolean
  /** `b` is stored [..., n, k]. */
  readonly transposeB?: boolean
}

/**
 * [..., m, k] x [..., k, n] -> [..., m, n], f32; batch extents broadcast. A stack of matrices times one matrix is
 * traced as one tall product, [b * m, k] x [k, n], so that the gradient of the matrix is one product too.
 */
export const matmul = (a: Expr, b: Expr, { transposeA = false, transposeB = false }: Transposed = {}): Expr => {
  if (a.shape.length > 2 && b.shape.length === 2 && !transposeA) {
    const rows = a.shape.slice(0, -1)
    const tall = apply("matmul", [reshape(a, [sizeOf(rows), a.shape.at(-1) as number]), b], { transposeA, transposeB })
    return reshape(tall, [...rows, tall.shape[1] as number])
  }
  return apply("matmul", [a, b], { transposeA, transposeB })
}
