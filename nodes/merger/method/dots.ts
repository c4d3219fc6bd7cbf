/** Inner products of models, or of their differences from the base, over a tensor. */
import { element, type Element } from "#src"
import type { AnyBlock } from "./blend.ts"
import { known, sumsOf, type Measuring } from "./measuring.ts"
import type { Leaves, Numbers } from "./method.ts"

/** Symmetric, [models][models]. */
export type Gram = readonly (readonly number[])[]

/** Elements that are summed at a time; sums of runs are added up in their order. */
export const sumRun = 2 ** 12

/** Adds to `into` what `of` gives of every run of `length` elements. */
export const overRuns = (length: number, into: Float64Array, of: (from: number, to: number) => ArrayLike<number>): Float64Array => {
  for (let from = 0; from < length; from += sumRun) {
    const sums = of(from, Math.min(length, from + sumRun))
    for (let i = 0; i < into.length; i++) into[i]! += sums[i]!
  }
  return into
}

/** `sum_k |a_k|` in f64, four sums side by side as in `dot`. */
export const sumOfSizes = (a: Numbers): number => {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const whole = a.length - (a.length % 4)
  for (let k = 0; k < whole; k += 4) {
    s0 += Math.abs(a[k]!)
    s1 += Math.abs(a[k + 1]!)
    s2 += Math.abs(a[k + 2]!)
    s3 += Math.abs(a[k + 3]!)
  }
  for (let k = whole; k < a.length; k++) s0 += Math.abs(a[k]!)
  return s0 + s1 + (s2 + s3)
}

/** `sum_k a_k b_k` in f64; four sums side by side, so that additions need not wait for each other. */
export const dot = (a: Numbers, b: Numbers, length: number): number => {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const whole = length - (length % 4)
  for (let k = 0; k < whole; k += 4) {
    s0 += a[k]! * b[k]!
    s1 += a[k + 1]! * b[k + 1]!
    s2 += a[k + 2]! * b[k + 2]!
    s3 += a[k + 3]! * b[k + 3]!
  }
  for (let k = whole; k < length; k++) s0 += a[k]! * b[k]!
  return s0 + s1 + (s2 + s3)
}

/** Differences from the base, in f64; the values themselves without one. */
export const deltasOf = (values: Numbers, base: Numbers | undefined): Numbers => {
  if (base === undefined) return values
  const out = new Float64Array(values.length)
  for (let k = 0; k < out.length; k++) out[k] = values[k]! - base[k]!
  return out
}

/** Inner products of all pairs of vectors of one length: (i, j <= i), row by row. */
const pairs = (vectors: readonly Numbers[], length: number): Float64Array => {
  const n = vectors.length
  const out = new Float64Array((n * (n + 1)) / 2)
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j <= i; j++, at++) out[at]! += dot(vectors[i] as Numbers, vectors[j] as Numbers, length)
  return out
}

const square = (n: number, triangle: ArrayLike<number>): Gram =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => triangle[i >= j ? (i * (i + 1)) / 2 + j : (j * (j + 1)) / 2 + i] as number))

/** Of vectors in memory. */
export const gramOf = (vectors: readonly Numbers[]): Gram => square(vectors.length, pairs(vectors, vectors[0]?.length ?? 0))

/** Of `n` models, each minus its `shift` (a number) and minus the base where there is one. */
export const gram = (n: number, shifts?: readonly number[]): Measuring<AnyBlock, Gram> =>
  sumsOf(
    (n * (n + 1)) / 2,
    ({ length, models, base }: AnyBlock) =>
      overRuns(length, new Float64Array((n * (n + 1)) / 2), (from, to) => {
        const vectors = models.map(({ values }, i) => shifted(deltasOf(values.subarray(from, to), base?.subarray(from, to)), shifts?.[i] ?? 0))
        return pairs(vectors, to - from)
      }),
    (total) => known(square(n, total)),
    (of) => {
      const vectors = Array.from({ length: n }, (_, i) => {
        const [delta, shift] = [deltaOf(of, i), shifts?.[i] ?? 0]
        return shift === 0 ? delta : element.sub(delta, element.number(shift))
      })
      return vectors.flatMap((a, i) => vectors.slice(0, i + 1).map((b) => element.mul(a, b)))
    },
  )

/** The difference from the base, where there is one, as a part of a formula. */
export const deltaOf = (of: Leaves, i: number): Element => (of.base === undefined ? of.value(i) : element.sub(of.value(i), of.base))

const shifted = (values: Numbers, by: number): Numbers => (by === 0 ? values : Float64Array.from(values, (x) => x - by))
