/** Evaluation in float64: ops that move or repeat elements. */
import { must } from "../../../src/base/assert.ts"
import type { LayoutOps } from "../../../src/tensor/op/layout.ts"
import { at, build, replace, stretchedAt, type Rows } from "./wide.ts"

export const layoutRows: Rows<LayoutOps> = {
  reshape: ({ step, x }) => ({ dtype: x.dtype, shape: step.shape, data: x.data }),
  transpose: ({ step, attrs, x }) => {
    const { permutation } = attrs
    return build(step, (index) =>
      at(
        x,
        x.shape.map((_, axis) => must(index[permutation.indexOf(axis)], "index")),
      ),
    )
  },
  broadcast: ({ step, x }) => build(step, (index) => stretchedAt(x, index)),
  slice: ({ step, attrs, x }) => {
    const { starts, steps } = attrs
    return build(step, (index) =>
      at(
        x,
        index.map((n, axis) => must(starts[axis], "start") + n * must(steps[axis], "step")),
      ),
    )
  },
  pad: ({ step, attrs, x }) => {
    const { low, value } = attrs
    return build(step, (index) => {
      const inner = index.map((n, axis) => n - must(low[axis], "low"))
      return inner.every((n, axis) => n >= 0 && n < must(x.shape[axis], "extent")) ? at(x, inner) : Math.fround(value)
    })
  },
  concat: ({ step, attrs, args }) => {
    const { axis } = attrs
    return build(step, (index) => {
      let offset = must(index[axis], "index")
      for (const part of args) {
        const extent = must(part.shape[axis], "extent")
        if (offset < extent) return at(part, replace(index, axis, offset))
        offset -= extent
      }
      throw new Error("past the end of a concatenation")
    })
  },
}
