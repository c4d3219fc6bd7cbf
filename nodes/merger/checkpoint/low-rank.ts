/** Adds a low-rank adapter's part of a tensor to what was read of it, in f64. SPEC F13. */
import { must, readRange, storedBytes, type LowRank, type OpenFile, type TensorPlace } from "#src"
import { numbersIn } from "./stored-numbers.ts"

/** `numbers` are of the tensor's elements from `start`; `rowOf` says which stored row a row is, or -1. */
export const addLowRank = ({ shape }: TensorPlace, lowRank: LowRank, { files, factors }: AdapterFiles, start: number, numbers: Float64Array, rowOf: (row: number) => number): void => {
  const columns = must(shape[1], "columns")
  const { down, up } = factors(lowRank, files)
  const rank = must(lowRank.down.shape[0], "rank")
  const inner = must(lowRank.down.shape[1], "extent")
  const end = start + numbers.length
  for (let row = Math.floor(start / columns); row * columns < end; row++) {
    const stored = rowOf(row)
    if (stored < 0) continue
    const [from, to] = [Math.max(row * columns, start), Math.min((row + 1) * columns, end)]
    for (let k = 0; k < rank; k++) {
      // Of a transposed tensor the rows are the adapter's inputs.
      const left = lowRank.scale * (lowRank.transposed ? down[k * inner + stored]! : up[stored * rank + k]!)
      if (left === 0) continue
      for (let at = from; at < to; at++) numbers[at - start]! += left * (lowRank.transposed ? up[(at - row * columns) * rank + k]! : down[k * inner + at - row * columns]!)
    }
  }
}

/** Where an adapter's factors are read, and how. */
export interface AdapterFiles {
  readonly files: readonly OpenFile[]
  readonly factors: ReadFactors
}

export type ReadFactors = (of: LowRank, files: readonly OpenFile[]) => { readonly down: Float64Array; readonly up: Float64Array }

const most = 8

/** For one thread of one merge. A tensor's blocks follow each other: the factors of the last few tensors are kept. */
export const makeReadFactors = (): ReadFactors => {
  const kept: (ReturnType<ReadFactors> & { readonly of: LowRank })[] = []
  return (of, files) => {
    const known = kept.find((one) => one.of === of)
    if (known !== undefined) return known
    const made = { of, down: valuesOf(of.down, files), up: valuesOf(of.up, files) }
    if (kept.length >= most) kept.shift()
    kept.push(made)
    return made
  }
}

const valuesOf = (place: TensorPlace, files: readonly OpenFile[]): Float64Array => {
  const bytes = new Uint8Array(place.bytes)
  readRange(files, place.file, place.start, bytes)
  const values = new Float64Array(place.bytes / storedBytes[place.dtype])
  numbersIn(place, bytes, values)
  return values
}
