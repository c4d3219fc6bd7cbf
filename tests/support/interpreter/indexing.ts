/** Evaluation in float64: ops that read and add by index. */
import { must } from "../../../src/base/assert.ts"
import { lowestFloat, sizeOf } from "../../../src/base/ndarray.ts"
import type { IndexingOps } from "../../../src/tensor/op/indexing.ts"
import { accumulate, at, build, indexOf, inRange, positionOf, replace, type Rows } from "./wide.ts"

export const indexingRows: Rows<IndexingOps> = {
  gather: ({ step, attrs, x, y }) => {
    const { axis } = attrs
    return build(step, (index) => {
      const picked = at(y, index.slice(axis, axis + y.shape.length))
      return at(x, [...index.slice(0, axis), inRange(picked, must(x.shape[axis], "extent")), ...index.slice(axis + y.shape.length)])
    })
  },
  scatter_add: ({ step, attrs, x, y }) => {
    const { axis, size } = attrs
    return accumulate(step, y, (index) => {
      const picked = at(x, index.slice(axis, axis + x.shape.length))
      return [...index.slice(0, axis), inRange(picked, size), ...index.slice(axis + x.shape.length)]
    })
  },
  scatter_max: ({ step, attrs, x, y }) => {
    const { axis, size } = attrs
    const data = new Float64Array(sizeOf(step.shape)).fill(lowestFloat)
    y.data.forEach((value, i) => {
      const index = indexOf(y.shape, i)
      const picked = inRange(at(x, index.slice(axis, axis + x.shape.length)), size)
      const target = positionOf(step.shape, [...index.slice(0, axis), picked, ...index.slice(axis + x.shape.length)])
      data[target] = Math.max(must(data[target], "target"), value)
    })
    return { dtype: step.dtype, shape: step.shape, data }
  },
  take_along: ({ step, attrs, x, y }) => build(step, (index) => at(x, replace(index, attrs.axis, inRange(at(y, index), must(x.shape[attrs.axis], "extent"))))),
  put_along: ({ step, attrs, x, y }) => accumulate(step, y, (index) => replace(index, attrs.axis, inRange(at(x, index), attrs.size))),
}
