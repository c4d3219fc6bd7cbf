/** What the bytes of a stored tensor stand for, in f64: its numbers, times its scales, plus its adapter. SPEC F13, F14. */
import { must, readRange, storedBytes, type OpenFile, type TensorPlace } from "#src"
import { addLowRank, type AdapterFiles } from "./low-rank.ts"
import { numbersIn } from "./stored-numbers.ts"

/** Of the elements from `start` on, whose bytes these are. `rowOf` says which stored row a row is, or -1. */
export const valuesIn = (place: TensorPlace, from: AdapterFiles, start: number, bytes: Uint8Array, into: Float64Array, rowOf: (row: number) => number): void => {
  numbersIn(place, bytes, into)
  if (place.scales !== undefined) scale(place, place.scales, from.files, start, into, rowOf)
  if (place.lowRank !== undefined) addLowRank(place, place.lowRank, from, start, into, rowOf)
}

const scale = ({ shape }: TensorPlace, { place, divisor }: NonNullable<TensorPlace["scales"]>, files: readonly OpenFile[], start: number, values: Float64Array, rowOf: (row: number) => number): void => {
  const rowLength = shape.slice(1).reduce((n, extent) => n * extent, 1)
  const one = place.bytes === storedBytes[place.dtype]
  const [first, end] = [Math.floor(start / rowLength), start + values.length]
  for (let row = first; row * rowLength < end; row++) {
    const stored = one ? 0 : rowOf(row)
    // A row that the model has not is zeros.
    const by = stored < 0 ? 0 : scaleAt(place, stored, files) / divisor
    for (let k = Math.max(row * rowLength, start); k < Math.min((row + 1) * rowLength, end); k++) values[k - start]! *= by
  }
}

const scaleAt = (place: TensorPlace, row: number, files: readonly OpenFile[]): number => {
  const bytes = new Uint8Array(storedBytes[place.dtype])
  readRange(files, place.file, place.start + row * bytes.length, bytes)
  const value = new Float64Array(1)
  numbersIn(place, bytes, value)
  return must(value[0], "scale")
}
