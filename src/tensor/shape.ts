/**
 * Arithmetic on shapes and axes, shared by the shape rules and the functions that build expressions.
 * Knows no op.
 */
import { sizeOf, type Shape } from "../base/ndarray.ts"

export const equalShapes = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((extent, i) => extent === b[i])

/** `[2, 3]`, as messages and listings write it. */
export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`

/** The shape two shapes stretch to together (numpy: aligned at the right, extent 1 stretches); `undefined` when they do not fit. */
export const broadcastShapes = (a: Shape, b: Shape): Shape | undefined => {
  const rank = Math.max(a.length, b.length)
  const out: number[] = []
  for (let i = 0; i < rank; i++) {
    const m = a[i - rank + a.length] ?? 1
    const n = b[i - rank + b.length] ?? 1
    if (m !== n && m !== 1 && n !== 1) return undefined
    out.push(m === 1 ? n : m)
  }
  return out
}

/** `axis` counted from the front; negative axes count from the back. Out of range stays out of range, for the shape rules to refuse. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** Several axes counted from the front, sorted, each once; all axes when `undefined`. */
export const sortedAxes = (axes: number | readonly number[] | undefined, rank: number): readonly number[] => {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i)
  const list = typeof axes === "number" ? [axes] : axes
  return [...new Set(list.map((axis) => fromFront(axis, rank)))].sort((a, b) => a - b)
}

/** `shape` with the extent along `axis` replaced by `by` (none, one or several extents). */
export const withAxis = (shape: Shape, axis: number, ...by: readonly number[]): Shape => [
  ...shape.slice(0, axis),
  ...by,
  ...shape.slice(axis + 1),
]

/** Elements to step for one step along each axis, row-major. */
export const stridesOf = (shape: Shape): readonly number[] => shape.map((_, i) => sizeOf(shape.slice(i + 1)))
