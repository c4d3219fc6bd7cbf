/**
 * Evaluation in float64: convolutions and their adjoints. All three walk over the same list of products x w y and differ in
 * which two factors they read and to which place of the third they add.
 */
import { must } from "../../../src/base/assert.ts"
import { sizeOf } from "../../../src/base/ndarray.ts"
import type { Convolution, ConvolutionOps } from "../../../src/tensor/op/convolution.ts"
import type { Step } from "../../../src/tensor/program.ts"
import { at, indexOf, positionOf, type Index, type Rows, type Wide } from "./wide.ts"

/** Every (place in x, place in w, place in y) whose product counts. */
const visit = (x: Index, w: Index, y: Index, attrs: Convolution, product: (x: Index, w: Index, y: Index) => void): void => {
  const [, , height, width] = x as [number, number, number, number]
  const [filters, perGroup] = w as [number, number]
  for (let i = 0; i < sizeOf(y); i++) {
    const place = indexOf(y, i) as [number, number, number, number]
    const [image, filter, row, column] = place
    const group = Math.floor(filter / (filters / attrs.groups))
    for (let j = 0; j < sizeOf(w.slice(1)); j++) {
      const [channel, down, right] = indexOf(w.slice(1), j) as [number, number, number]
      const r = row * attrs.strides[0] + down * attrs.dilations[0] - attrs.low[0]
      const c = column * attrs.strides[1] + right * attrs.dilations[1] - attrs.low[1]
      if (r >= 0 && r < height && c >= 0 && c < width)
        product([image, group * perGroup + channel, r, c], [filter, channel, down, right], place)
    }
  }
}

const summed = (step: Step, fill: (add: (index: Index, value: number) => void) => void): Wide => {
  const data = new Float64Array(sizeOf(step.shape))
  fill((index, value) => {
    const position = positionOf(step.shape, index)
    data[position] = must(data[position], "target") + value
  })
  return { dtype: step.dtype, shape: step.shape, data }
}

export const convolutionRows: Rows<ConvolutionOps> = {
  conv2d: ({ step, attrs, x, y: w }) =>
    summed(step, (add) => visit(x.shape, w.shape, step.shape, attrs, (i, j, k) => add(k, at(x, i) * at(w, j)))),
  conv2d_input_gradient: ({ step, attrs, x: dy, y: w }) =>
    summed(step, (add) => visit(step.shape, w.shape, dy.shape, attrs, (i, j, k) => add(i, at(dy, k) * at(w, j)))),
  conv2d_filter_gradient: ({ step, attrs, x, y: dy }) =>
    summed(step, (add) => visit(x.shape, step.shape, dy.shape, attrs, (i, j, k) => add(j, at(x, i) * at(dy, k)))),
}
