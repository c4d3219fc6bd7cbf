/** Principal components of bitmaps: eigenvectors of their covariance, made unique so that equal input gives equal bytes. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix"
import { inkOf, type Bitmap } from "./token-bitmap.ts"

export interface PrincipalComponents {
  /** Mean of each pixel. */
  readonly mean: Float64Array
  /** Unit eigenvectors of the covariance, largest variance first; each has one entry a pixel. */
  readonly axes: readonly Float64Array[]
  /** Variance along each axis. */
  readonly variances: readonly number[]
}

/**
 * The `count` leading components of `bitmaps` (of equal length, at least two). Counts of pixels that are ink together
 * are whole numbers, so the covariance does not depend on the order of summation. An eigenvector's sign is arbitrary:
 * its entry of largest magnitude (the first of equals) is made positive.
 */
export const principalComponents = (bitmaps: readonly Bitmap[], count: number): PrincipalComponents => {
  const pixels = bitmaps[0]?.length ?? 0
  const n = bitmaps.length
  const together = new Float64Array(pixels * pixels)
  for (const bitmap of bitmaps) {
    const ink = inkOf(bitmap)
    for (const a of ink) for (const b of ink) together[a * pixels + b] = together[a * pixels + b]! + 1
  }
  const mean = Float64Array.from({ length: pixels }, (_, pixel) => together[pixel * pixels + pixel]! / n)
  const covariance = new Matrix(pixels, pixels)
  for (let a = 0; a < pixels; a++) {
    for (let b = 0; b < pixels; b++) covariance.set(a, b, (together[a * pixels + b]! - n * mean[a]! * mean[b]!) / (n - 1))
  }
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true })
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]! || a - b).slice(0, count)
  return {
    mean,
    axes: order.map((i) => signed(Float64Array.from(eigenvectorMatrix.getColumn(i)))),
    variances: order.map((i) => realEigenvalues[i]!),
  }
}

const signed = (axis: Float64Array): Float64Array => {
  const largest = axis.reduce((best, x, i) => (Math.abs(x) > Math.abs(axis[best]!) ? i : best), 0)
  return axis[largest]! < 0 ? axis.map((x) => -x) : axis
}
