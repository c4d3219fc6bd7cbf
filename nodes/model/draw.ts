/** Drawing a token from logits. */

/** How to draw: see `draw`. */
export interface Draw {
  readonly temperature: number
  readonly top: number
  readonly u: number
}

/**
 * An index drawn from `softmax(logits / temperature)` restricted to the `top` largest (0: all), by inverting the cumulative
 * distribution at `u` in [0, 1). Equals of the smallest of them stay in. Temperature 0 takes the first of the largest.
 * Sums run in float64, in order of index.
 */
export const draw = (logits: Float32Array, { temperature, top, u }: Draw): number => {
  const largest = logits.reduce((best, x, i) => (x > (logits[best] as number) ? i : best), 0)
  if (temperature === 0) return largest
  const floor = top > 0 && top < logits.length ? (Float32Array.from(logits).sort()[logits.length - top] as number) : -Infinity
  const mass = Array.from(logits, (x) => (x >= floor ? Math.exp((x - (logits[largest] as number)) / temperature) : 0))
  let left = u * mass.reduce((sum, x) => sum + x, 0)
  const index = mass.findIndex((x) => (left -= x) < 0)
  // Rounding may leave a crumb past the last term.
  return index < 0 ? largest : index
}
