/** Evaluation in float64: windows over the last two axes. */
import type { Index } from "./wide.ts"
import type { Windows, WindowOps } from "../../../src/tensor/op/window.ts"
import { accumulate, at, build, type Rows } from "./wide.ts"

/** Where the image lies under place and tap, [..., row, column, down, right]. */
const under = (index: Index, { strides, dilations }: Windows): Index => {
  const [row, column, down, right] = index.slice(-4) as [number, number, number, number]
  return [...index.slice(0, -4), row * strides[0] + down * dilations[0], column * strides[1] + right * dilations[1]]
}

export const windowRows: Rows<WindowOps> = {
  unfold: ({ step, attrs, x }) => build(step, (index) => at(x, under(index, attrs))),
  fold: ({ step, attrs, x }) => accumulate(step, x, (index) => under(index, attrs)),
}
