/** What a conformance case is, and the shapes that most ops are tried with. */
import type { NdArray, Shape } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { OpAttrs, OpName } from "../../../../src/tensor/op.ts"

/** One application of an op with attributes `Attrs` to these arrays. */
export interface Case<Attrs> {
  readonly attrs: Attrs
  readonly args: readonly NdArray[]
}

/** The cases of an op; equal streams give equal cases. */
export type Cases<Attrs> = (random: Random) => readonly Case<Attrs>[]

export type CaseTable<Op extends OpName> = { readonly [Name in Op]: Cases<OpAttrs[Name]> }

/** Scalars, ones, primes, nothing, and one shape beyond a vector register. */
export const shapes: readonly Shape[] = [[], [1], [7], [0], [3, 5], [2, 0, 3], [2, 3, 1, 5], [37, 11]]

/** Pairs that numpy broadcasts, with equal shapes first. */
export const shapePairs: readonly (readonly [Shape, Shape])[] = [
  [[3, 5], [3, 5]],
  [[], []],
  [[], [4]],
  [[3, 1], [5]],
  [[2, 1, 5], [3, 1]],
  [[7], [2, 3, 7]],
  [[1, 0], [3, 1]],
  [[13, 17], [13, 1]],
]
