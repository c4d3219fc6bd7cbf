/** Shape and dtype rules: ops that move or repeat elements. */
import { sizeOf } from "../../base/ndarray.ts"
import { broadcastShapes, equalShapes, showShape, withAxis } from "../shape.ts"
import { anyDtype, inRank, sameBut, number, one, type Rules } from "./rule.ts"
import type { Typed } from "../trace-error.ts"
import type { LayoutOps } from "../op/layout.ts"

export const layoutRules: Rules<LayoutOps> = {
  reshape: one(anyDtype, (x, { shape }, need) => {
    need(
      sizeOf(shape) === sizeOf(x.shape) && shape.every(Number.isInteger),
      `a shape of ${sizeOf(x.shape)} elements, not ${showShape(shape)}`,
    )
    return { shape, dtype: x.dtype }
  }),
  transpose: one(anyDtype, (x, { permutation }, need) => {
    const seen = [...permutation].sort((a, b) => a - b)
    need(
      seen.length === x.shape.length && seen.every((axis, i) => axis === i),
      `a permutation of ${x.shape.length} axes, not ${showShape(permutation)}`,
    )
    return { shape: permutation.map((axis) => x.shape[axis] as number), dtype: x.dtype }
  }),
  broadcast: one(anyDtype, (x, { shape }, need) => {
    need(equalShapes(broadcastShapes(x.shape, shape) ?? [-1], shape), `a shape that stretches to ${showShape(shape)}`)
    return { shape, dtype: x.dtype }
  }),
  slice: one(anyDtype, (x, { starts, ends, steps }, need) => {
    const rank = x.shape.length
    need(starts.length === rank && ends.length === rank && steps.length === rank, `a start, an end and a step for each of ${rank} axes`)
    const shape = x.shape.map((extent, i) => {
      const [start, end, step] = [starts[i] as number, ends[i] as number, steps[i] as number]
      need(
        start >= 0 && start <= end && end <= extent && step >= 1,
        `0 <= start <= end <= ${extent} and step >= 1 on axis ${i}, not ${start}:${end}:${step}`,
      )
      return Math.ceil((end - start) / step)
    })
    return { shape, dtype: x.dtype }
  }),
  pad: one(number, (x, { low, high }, need) => {
    const rank = x.shape.length
    need(low.length === rank && high.length === rank, `padding for each of ${rank} axes`)
    need(
      [...low, ...high].every((n) => n >= 0),
      "padding that is not negative",
    )
    return { shape: x.shape.map((extent, i) => extent + (low[i] as number) + (high[i] as number)), dtype: x.dtype }
  }),
  concat: (operands, { axis }, need) => {
    need(operands.length >= 2, "two operands or more")
    const [first] = operands as [Typed]
    inRank(need, axis, first.shape)
    need(
      operands.every((x) => x.dtype === first.dtype && sameBut(x.shape, first.shape, axis)),
      `one dtype and equal shapes except along axis ${axis}`,
    )
    return {
      shape: withAxis(
        first.shape,
        axis,
        operands.reduce((n, x) => n + (x.shape[axis] as number), 0),
      ),
      dtype: first.dtype,
    }
  },
}
