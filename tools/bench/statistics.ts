/**
 * The few numbers the benchmark reports: medians, ratios by round, agreement of losses. Pure.
 */
import { must } from "../../src/base/assert.ts"

/** The middle of the sorted values, or the mean of the two in the middle. At least one value. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = must(sorted[sorted.length >> 1], "a value to take the median of")
  return sorted.length % 2 === 1 ? upper : (upper + must(sorted[(sorted.length >> 1) - 1], "lower middle")) / 2
}

export interface Ratio {
  readonly median: number
  readonly min: number
  readonly max: number
}

/**
 * How many times `ours` is faster than `theirs`: time of theirs over time of ours, round by round, because the two
 * turns of a round saw about the same machine. Equal lengths, at least one.
 */
export const ratioOf = (ours: readonly number[], theirs: readonly number[]): Ratio => {
  const ratios = ours.map((ms, round) => must(theirs[round], "a turn of every peer in every round") / ms)
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) }
}

/** Largest |a - b| / |b| over the steps; infinite when a loss is not finite or a step is missing. */
export const lossDistance = (a: readonly number[], b: readonly number[]): number => {
  if (a.length !== b.length) return Infinity
  const distances = a.map((loss, step) => Math.abs(loss - (b[step] ?? NaN)) / Math.abs(b[step] ?? NaN))
  return distances.every(Number.isFinite) ? Math.max(0, ...distances) : Infinity
}
