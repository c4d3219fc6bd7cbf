/** What a tensor looks like: figures of its elements, a histogram, and a map of its last two dimensions. */
import { numbersOf, sizeOf, type NdArray } from "../../base/ndarray.ts"
import { thinGrid } from "../thin.ts"
import type { TensorDetail } from "../protocol/question.ts"
import { infoOf } from "./value-view.ts"

const bins = 48
const mostSide = 96

/** `index` fixes the leading dimensions of the map; what is missing of it, or out of range, is 0. */
export const tensorDetail = (name: string, array: NdArray, index: readonly number[]): TensorDetail => {
  const values = numbersOf(array)
  let [min, max, sum, squares, finite, zeros] = [Infinity, -Infinity, 0, 0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    finite++
    if (value === 0) zeros++
    if (value < min) min = value
    if (value > max) max = value
    sum += value
    squares += value * value
  }
  const mean = sum / finite
  const histogram = new Array<number>(finite === 0 ? 0 : bins).fill(0)
  for (let i = 0; i < values.length && finite > 0; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    const bin = max === min ? 0 : Math.min(bins - 1, Math.floor(((value - min) / (max - min)) * bins))
    histogram[bin] = (histogram[bin] ?? 0) + 1
  }
  const { shape } = array
  const [rows, columns] = shape.length === 0 ? [1, 1] : shape.length === 1 ? [1, shape[0] as number] : [shape[shape.length - 2] as number, shape[shape.length - 1] as number]
  const from = offsetOf(shape.slice(0, -2), index) * rows * columns
  const heat = thinGrid(values.subarray(from, from + rows * columns), rows, columns, mostSide)
  return {
    info: infoOf(name, array),
    stats: finite === 0 ? null : { min, max, mean, std: Math.sqrt(Math.max(0, squares / finite - mean * mean)) },
    notFinite: sizeOf(shape) - finite,
    zeros,
    histogram,
    heat: { rows: heat.rows, columns: heat.columns, of: [rows, columns], values: Buffer.from(heat.values.buffer).toString("base64") },
  }
}

/** Row-major, in a block of the leading dimensions. */
const offsetOf = (leading: readonly number[], index: readonly number[]): number =>
  leading.reduce((at, extent, i) => at * extent + (index[i] !== undefined && index[i] < extent ? index[i] : 0), 0)
