/** Inner products of models, or of their differences from the base, over a tensor. */
import type { AnyBlock } from "./blend.ts"
import { known, sumsOf, type Measuring } from "./measuring.ts"
import type { Numbers } from "./method.ts"

/** Symmetric, [models][models]. */
export type Gram = readonly (readonly number[])[]

/** Elements worked on at a time; sums of runs are added up in their order. */
export const gramRun = 2 ** 12

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

/** Of one run of vectors. */
export const gramTriangle = (vectors: readonly Numbers[]): Float64Array => pairs(vectors, vectors[0]?.length ?? 0)

/** Of vectors in memory. */
export const gramOf = (vectors: readonly Numbers[]): Gram => square(vectors.length, pairs(vectors, vectors[0]?.length ?? 0))

/** Of `n` models, each minus its `shift` (a number) and minus the base where there is one. */
export const gram = (n: number, shifts?: readonly number[]): Measuring<AnyBlock, Gram> => {
  const measuring = sumsOf(
    (n * (n + 1)) / 2,
    ({ length, models, base }: AnyBlock) => {
      const total = new Float64Array((n * (n + 1)) / 2)
      for (let from = 0; from < length; from += gramRun) {
        const to = Math.min(length, from + gramRun)
        const vectors = models.map(({ values }, i) => shifted(deltasOf(values.subarray(from, to), base?.subarray(from, to)), shifts?.[i] ?? 0))
        const sums = pairs(vectors, to - from)
        for (let at = 0; at < total.length; at++) total[at]! += sums[at]!
      }
      return total
    },
    (total) => known(square(n, total)),
  )
  return shifts === undefined && !measuring.known ? { ...measuring, isGram: true } : measuring
}

const shifted = (values: Numbers, by: number): Numbers => (by === 0 ? values : Float64Array.from(values, (x) => x - by))
