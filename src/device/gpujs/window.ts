/**
 * `fold` on gpu.js: a sum of taps, each moved to where it was taken from and padded, which fuses into one kernel; where windows
 * touch without overlapping it only moves elements. (`unfold` is nothing but coordinates: `reader.ts`.)
 */
import { must } from "../../base/assert.ts"
import type { Shape } from "../../base/ndarray.ts"
import type { Step } from "../../tensor/program.ts"
import type { Expander } from "./expand.ts"

type Fold = Extract<Step, { readonly op: "fold" }>

export const expandFold = (out: Expander, step: Fold, windows: number): number => {
  const { size, strides, dilations, extents } = step.attrs
  const from = out.shape(windows)
  const front = from.slice(0, -4)
  const [rows, columns] = from.slice(-4) as [number, number]
  const none = front.map(() => 0)

  /** `x` [..., r, c] with its first element at (top, left) of the result, zeros around. */
  const placed = (x: number, top: number, left: number): number => {
    const [r, c] = out.shape(x).slice(-2) as [number, number]
    const attrs = { low: [...none, top, left], high: [...none, extents[0] - r - top, extents[1] - c - left], value: 0 }
    return r === extents[0] && c === extents[1] ? x : out.make("pad", [x], attrs, step.shape, step.dtype)
  }
  if (([0, 1] as const).every((i) => strides[i] === size[i] && (dilations[i] === 1 || size[i] === 1))) {
    const n = front.length
    const permutation = [...none.keys(), n, n + 2, n + 1, n + 3]
    const moved = out.make("transpose", [windows], { permutation }, [...front, rows, size[0], columns, size[1]], step.dtype)
    return placed(out.reshape(moved, [...front, rows * size[0], columns * size[1]]), 0, 0)
  }

  const sliced = (x: number, starts: Shape, ends: Shape): number =>
    out.make("slice", [x], { starts, ends, steps: ends.map(() => 1) }, ends.map((end, i) => end - must(starts[i], "start")), step.dtype)
  /** Elements `strides` apart, zeros between. */
  const spread = (tap: number): number => {
    if (strides[0] === 1 && strides[1] === 1) return out.reshape(tap, [...front, rows, columns])
    const wide = [...front, rows, strides[0], columns, strides[1]]
    const high = [...none, 0, strides[0] - 1, 0, strides[1] - 1]
    const apart = out.make("pad", [out.reshape(tap, [...front, rows, 1, columns, 1])], { low: wide.map(() => 0), high, value: 0 }, wide, step.dtype)
    const whole = out.reshape(apart, [...front, rows * strides[0], columns * strides[1]])
    return sliced(whole, [...none, 0, 0], [...front, (rows - 1) * strides[0] + 1, (columns - 1) * strides[1] + 1])
  }
  const taps = Array.from({ length: size[0] * size[1] }, (_, i) => {
    const [down, right] = [Math.floor(i / size[1]), i % size[1]]
    const tap = sliced(windows, [...none, 0, 0, down, right], [...front, rows, columns, down + 1, right + 1])
    return placed(spread(tap), down * dilations[0], right * dilations[1])
  })
  return taps.reduce((sum, tap) => out.make("add", [sum, tap], {}, step.shape, step.dtype))
}
