/** Inner products of models, or of their differences from the base. */
import { element, type Element } from "#src"
import { known, sumsOf, type Measuring } from "./measuring.ts"
import type { Leaves } from "./method.ts"

/** Symmetric, [models][models]. */
export type Gram = readonly (readonly number[])[]

/** `sum_k a_k b_k` in f64; four sums side by side, so that additions need not wait for each other. */
const dot = (a: Float64Array, b: Float64Array): number => {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const whole = a.length - (a.length % 4)
  for (let k = 0; k < whole; k += 4) {
    s0 += a[k]! * b[k]!
    s1 += a[k + 1]! * b[k + 1]!
    s2 += a[k + 2]! * b[k + 2]!
    s3 += a[k + 3]! * b[k + 3]!
  }
  for (let k = whole; k < a.length; k++) s0 += a[k]! * b[k]!
  return s0 + s1 + (s2 + s3)
}

/** Of pairs (i, j <= i), row by row. */
const square = (n: number, triangle: ArrayLike<number>): Gram =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => triangle[i >= j ? (i * (i + 1)) / 2 + j : (j * (j + 1)) / 2 + i] ?? 0))

/** Of vectors in memory. */
export const gramOf = (vectors: readonly Float64Array[]): Gram => square(vectors.length, vectors.flatMap((a, i) => vectors.slice(0, i + 1).map((b) => dot(a, b))))

/** The vectors of `n` models over a tensor, each minus its `shift` (a number) and minus the base where there is one. */
const vectorsOf = (of: Leaves, n: number, shifts: readonly number[]): readonly Element[] =>
  Array.from({ length: n }, (_, i) => {
    const [delta, shift] = [deltaOf(of, i), shifts[i] ?? 0]
    return shift === 0 ? delta : element.sub(delta, element.number(shift))
  })

export const gram = (n: number, shifts: readonly number[] = []): Measuring<Gram> =>
  sumsOf(
    (of) => vectorsOf(of, n, shifts).flatMap((a, i, all) => all.slice(0, i + 1).map((b) => element.mul(a, b))),
    (sums) => known(square(n, sums)),
  )

/** Of the same vectors. */
export const lengths = (n: number, shifts: readonly number[] = []): Measuring<readonly number[]> =>
  sumsOf(
    (of) => vectorsOf(of, n, shifts).map((vector) => element.mul(vector, vector)),
    (squares) => known(Array.from({ length: n }, (_, i) => Math.sqrt(squares[i] ?? 0))),
  )

/** The difference from the base, where there is one, as a part of a formula. */
export const deltaOf = (of: Leaves, i: number): Element => (of.base === undefined ? of.value(i) : element.sub(of.value(i), of.base))

/** Of so many models the inner products of all pairs cost no more than another reading. */
export const pairsUpTo = 16
