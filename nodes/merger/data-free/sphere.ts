/**
 * Means of vectors on a sphere, as coefficients of the vectors: everything that is needed of them is their inner products, so the
 * vectors are read once to measure and once to add up, whatever the iteration.
 */
import type { Gram } from "../method/dots.ts"
import { sum } from "./weights.ts"

/** Coefficients of two vectors at place `t` of the great circle; those of the straight line when `|cos|` is above `straight`. */
export const greatCircle = (gram: Gram | undefined, t: number, straight: number): readonly [number, number] => {
  const line = [1 - t, t] as const
  if (gram === undefined) return line
  const [[aa = 0, ab = 0] = [], [, bb = 0] = []] = gram
  const cos = ab / Math.sqrt(aa * bb)
  // Also when a vector is 0 and there is no angle.
  if (!(Math.abs(cos) <= straight)) return line
  const angle = Math.acos(cos)
  return [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)]
}

/** Below this length there is no direction. */
const least = 1e-30

export interface Mean {
  /** Of the vectors as they came, not of their directions. */
  readonly coefficients: readonly number[]
  readonly iterations: number
}

/**
 * The weighted Karcher mean: the direction with the least sum of weighted squared angles to those of the vectors, found by going
 * along the mean of the tangent vectors until that is shorter than `tolerance`; times the weighted mean length. Vectors without
 * a direction count for the length only; of no others, and without a weight, the mean is 0.
 */
export const karcherMean = (gram: Gram, weights: readonly number[], iterations: number, tolerance: number): Mean => {
  const lengths = gram.map((row, i) => Math.sqrt(row[i] as number))
  const [total, length] = [sum(weights), sum(lengths.map((l, i) => l * (weights[i] as number)))]
  const share = weights.map((w, i) => ((lengths[i] as number) > least ? w : 0))
  const mass = sum(share)
  if (mass === 0) return { coefficients: share.map(() => 0), iterations: 0 }
  const cosines = gram.map((row, i) => row.map((g, j) => ((lengths[i] as number) > least && (lengths[j] as number) > least ? g / ((lengths[i] as number) * (lengths[j] as number)) : 0)))
  const inner = (a: readonly number[], b: readonly number[]): number => sum(a.map((x, i) => x * sum(b.map((y, j) => y * (cosines[i]?.[j] as number)))))
  const unit = (a: readonly number[]): readonly number[] => {
    const size = Math.sqrt(Math.max(inner(a, a), 0))
    return size > least ? a.map((x) => x / size) : a
  }
  // `mean` and `tangent` are coefficients of the directions.
  let mean = unit(share)
  let round = 0
  for (; round < iterations; round++) {
    const turn = share.map((w, i) => {
      const cos = Math.min(1, Math.max(-1, sum(mean.map((x, j) => x * (cosines[i]?.[j] as number)))))
      const angle = Math.acos(cos)
      return { cos, by: (w / mass) * (angle < 1e-9 ? 1 : angle / Math.sin(angle)) }
    })
    const back = sum(turn.map(({ by, cos }) => by * cos))
    const tangent = turn.map(({ by }, i) => by - back * (mean[i] as number))
    const step = Math.sqrt(Math.max(inner(tangent, tangent), 0))
    if (step < tolerance) break
    mean = unit(mean.map((x, i) => Math.cos(step) * x + (Math.sin(step) / step) * (tangent[i] as number)))
  }
  return { coefficients: mean.map((x, i) => ((lengths[i] as number) > least ? (x * length) / (total * (lengths[i] as number)) : 0)), iterations: round }
}

/** The weighted mean of directions, made one again, times the weighted mean length. */
export const meanDirection = (gram: Gram, weights: readonly number[]): readonly number[] => karcherMean(gram, weights, 0, 0).coefficients
