/**
 * Comparison of tensors within a tolerance, for tests that check one way of computing against another.
 */
import { expect } from "vitest"
import type { Shape } from "../../src/base/ndarray.ts"

interface Numbers {
  readonly shape: Shape
  readonly data: ArrayLike<number>
}

/** The largest |a - b| / (1 + |b|) over all elements; equal infinities and NaNs count as 0, unequal ones as infinite. */
export const distance = (a: Numbers, b: Numbers): number => {
  let worst = 0
  for (let i = 0; i < Math.max(a.data.length, b.data.length); i++) {
    const [x, y] = [a.data[i] ?? NaN, b.data[i] ?? NaN]
    if (Object.is(x, y) || x === y) continue
    const gap = Math.abs(x - y) / (1 + Math.abs(y))
    worst = Math.max(worst, Number.isNaN(gap) ? Infinity : gap)
  }
  return worst
}

/** Fails unless shapes are equal and every element is within `tolerance` (relative to 1 + |expected|). */
export const expectClose = (actual: Numbers | undefined, expected: Numbers | undefined, tolerance = 1e-5): void => {
  expect(actual?.shape).toEqual(expected?.shape)
  if (actual === undefined || expected === undefined) return
  const gap = distance(actual, expected)
  const start = ({ data }: Numbers) => Array.from(data).slice(0, 8).join(", ")
  expect(gap, `largest distance ${gap} of [${start(actual)}…] from [${start(expected)}…]`).toBeLessThanOrEqual(tolerance)
}
