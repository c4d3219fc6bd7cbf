/**
 * Numbers as whole numbers of 8 bits, -127 to 127, times a scale for each row: its largest size over 127 (symmetric, per channel, as compressed-tensors
 * has it). A number comes back off by at most half a scale, a 254th of the largest of its row. SPEC F14.
 */

/** Throws where a number is not finite. `values` are whole rows of `length`; a scale for each goes to `scales`. */
export const quantiseRows = (values: Float64Array, length: number, into: Int8Array, scales: Float32Array): void => {
  for (let row = 0; row < scales.length; row++) {
    const [from, to] = [row * length, (row + 1) * length]
    let largest = 0
    for (let k = from; k < to; k++) {
      if (!Number.isFinite(values[k]!)) throw new Error(`expected finite numbers, which int8 can hold, got ${values[k]}`)
      largest = Math.max(largest, Math.abs(values[k]!))
    }
    // Of a row of nothing but zeros any scale is right.
    const scale = Math.fround(largest / 127) || 1
    if (!Number.isFinite(scale)) throw new Error(`expected numbers whose scale float32 can hold, got one of size ${largest}`)
    scales[row] = scale
    for (let k = from; k < to; k++) into[k] = nearestEven(values[k]! / scale)
  }
}

const nearestEven = (x: number): number => {
  const rounded = Math.round(x)
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}
