/** Elements of a source, read from its files into an arena as floats that kernels take. SPEC F5. */
import { decodeHalves, encodeHalves, formatBytes, must, readRange, roomFor, storedBytes, type Arena, type FloatFormat, type OpenFile, type StoredDtype, type TensorPlace } from "#src"
import { numbersAt, type Loaded } from "../method/loaded.ts"
import type { ReadFactors } from "./low-rank.ts"
import { valuesIn } from "./stored-values.ts"
import type { RowMap, Source } from "./merge-plan.ts"

export interface Reader {
  readonly arena: Arena
  /** Of each input of the plan. */
  readonly files: readonly (readonly OpenFile[])[]
  readonly factors: ReadFactors
}

export const isFloatFormat = (dtype: StoredDtype): dtype is FloatFormat => Object.hasOwn(formatBytes, dtype)

/** Whether numbers are made of what is stored, beyond what kernels decode. */
const isMade = ({ place, rows, cast }: Source): boolean => cast !== undefined || place.affine !== undefined || place.lowRank !== undefined || !isFloatFormat(place.dtype) || (rows?.fills.size ?? 0) > 0

/** Bytes of the arena that `load` takes. */
export const roomToLoad = (source: Source, count: number): number =>
  roomFor(count, storedBytes[source.place.dtype]) + (isMade(source) ? roomFor(count, 8) : 0)

/** Elements [start, start + count) of the tensor that the source stands for. */
export const load = (source: Source, start: number, count: number, reader: Reader): Loaded => {
  const { place, rows } = source
  const width = storedBytes[place.dtype]
  const at = reader.arena.take(roomFor(count, width))
  const bytes = new Uint8Array(reader.arena.buffer(), at, count * width)
  const made = isMade(source) ? reader.arena.take(roomFor(count, 8)) : undefined
  const files = must(reader.files[source.model], "input")
  if (rows === undefined) readRange(files, place.file, place.start + start * width, bytes)
  else readRows(place, rows, start, files, bytes)
  if (made === undefined) return { format: place.dtype as FloatFormat, at }
  const numbers = new Float64Array(reader.arena.buffer(), made, count)
  valuesIn(place, { files, factors: reader.factors }, start, bytes, numbers, (row) => (rows === undefined ? row : (rows.rows[row] as number)))
  if (rows !== undefined) fill(place, rows, start, numbers, reader)
  if (source.cast !== undefined) roundTo(source.cast, numbers)
  return { format: "F64", at: made }
}

/** One element of a source that is rounded when it is loaded, as it is stored. */
export const storedAt = ({ cast, ...source }: Source, at: number, reader: Reader): number | undefined => {
  if (cast === undefined) return undefined
  const mark = reader.arena.take(0)
  const value = numbersAt(load(source, at, 1, reader), reader.arena.buffer(), 1)[0]
  reader.arena.rewind(mark)
  return value
}

const roundTo = (dtype: "F32" | "F16" | "BF16", numbers: Float64Array): void =>
  numbers.set(dtype === "F32" ? Float32Array.from(numbers) : decodeHalves(dtype === "F16" ? "f16" : "bf16", encodeHalves(dtype === "F16" ? "f16" : "bf16", numbers)))

/** Extent of a row: all axes but the first. */
const rowElements = ({ shape }: TensorPlace): number => shape.slice(1).reduce((n, extent) => n * extent, 1)

/** Rows that follow each other in the file are read at once; rows that the model has not become zeros. */
const readRows = (place: TensorPlace, { rows }: RowMap, start: number, files: readonly OpenFile[], into: Uint8Array): void => {
  const width = storedBytes[place.dtype]
  const row = rowElements(place) * width
  const first = start * width
  const end = first + into.length
  let done = first
  while (done < end) {
    const from = Math.floor(done / row)
    const stored = rows[from] as number
    let until = from + 1
    while (until * row < end && rows[until] === (stored < 0 ? -1 : stored + until - from)) until++
    const part = into.subarray(done - first, Math.min(until * row, end) - first)
    if (stored < 0) part.fill(0)
    else readRange(files, place.file, place.start + stored * row + (done - from * row), part)
    done += part.length
  }
}

/** Means of rows of other tensors, for rows that the model has not. */
const fill = (place: TensorPlace, { fills }: RowMap, start: number, numbers: Float64Array, reader: Reader): void => {
  const width = rowElements(place)
  for (let row = Math.floor(start / width); row * width < start + numbers.length; row++) {
    const holders = fills.get(row)
    if (holders === undefined || holders.length === 0) continue
    const sum = new Float64Array(width)
    for (const holder of holders) {
      const bytes = new Uint8Array(width * storedBytes[holder.place.dtype])
      const files = must(reader.files[holder.model], "input")
      readRange(files, holder.place.file, holder.place.start + holder.row * bytes.length, bytes)
      const values = new Float64Array(width)
      valuesIn(holder.place, { files, factors: reader.factors }, holder.row * width, bytes, values, (at) => at)
      for (let k = 0; k < width; k++) sum[k]! += values[k]!
    }
    const from = Math.max(row * width, start)
    const to = Math.min((row + 1) * width, start + numbers.length)
    for (let k = from; k < to; k++) numbers[k - start] = sum[k - row * width]! / holders.length
  }
}
