/** Where a tensor is cut: whole rows up to about a million elements, by its shape alone. */
import { sizeOf, type Shape } from "#src"
import type { Method } from "./method.ts"

/** Elements in a block, unless a row is longer. 4 MiB as f32. */
export const blockElements = 2 ** 20

export interface Cut {
  readonly start: number
  readonly length: number
}

/** Length of a row: the last axis; 1 for a scalar. */
export const rowLength = (shape: Shape): number => shape.at(-1) ?? 1

/** What is made of whole rows, for each row of some vectors of a block. */
type Making = (vectors: readonly Float64Array[], out: Float64Array) => void
export const rowByRow = (shape: Shape, make: Making): Making => (vectors, out) => {
  const row = rowLength(shape)
  for (let from = 0; from < out.length; from += row) make(vectors.map((of) => of.subarray(from, from + row)), out.subarray(from, from + row))
}

/**
 * Elements a block of a tensor of this shape holds; every block but the last has as many. `elements` is for tests: what a
 * merge gives does depend on it, for methods that measure sums.
 */
export const blockLength = (shape: Shape, sees: Method["sees"], elements = blockElements): number => {
  const [size, row] = [sizeOf(shape), rowLength(shape)]
  if (sees === "tensor" || size <= elements) return size
  if (sees === "element") return elements
  return Math.max(1, Math.floor(elements / row)) * row
}

export const blocksOf = (shape: Shape, sees: Method["sees"], elements = blockElements): readonly Cut[] => {
  const size = sizeOf(shape)
  const step = blockLength(shape, sees, elements)
  return Array.from({ length: size === 0 ? 0 : Math.ceil(size / step) }, (_, i) => ({ start: i * step, length: Math.min(step, size - i * step) }))
}
