/** Shape and dtype rules: windows over the last two axes. */
import type { Pair, Walk } from "../op/convolution.ts"
import type { Windows, WindowOps } from "../op/window.ts"
import { equalShapes, showShape } from "../shape.ts"
import { places } from "./convolution.ts"
import { anyDtype, number, one, type Rules } from "./rule.ts"

const unpadded = ({ strides, dilations }: Windows): Walk => ({ strides, dilations, low: [0, 0], high: [0, 0] })

export const windowRules: Rules<WindowOps> = {
  unfold: one(anyDtype, ({ shape, dtype }, attrs, need) => {
    need(shape.length >= 2, "an operand of rank 2 or more")
    const extents = shape.slice(-2) as unknown as Pair
    return { shape: [...shape.slice(0, -2), ...places(need, extents, attrs.size, unpadded(attrs)), ...attrs.size], dtype }
  }),
  fold: one(number, ({ shape, dtype }, attrs, need) => {
    need(shape.length >= 4, "an operand of rank 4 or more")
    const windows = [...places(need, attrs.extents, attrs.size, unpadded(attrs)), ...attrs.size]
    need(equalShapes(shape.slice(-4), windows), `windows ${showShape(windows)} at the end, for extents ${showShape(attrs.extents)}`)
    return { shape: [...shape.slice(0, -4), ...attrs.extents], dtype }
  }),
}
