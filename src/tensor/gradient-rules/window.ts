/** Gradient rules: windows over the last two axes. */
import { apply } from "../apply.ts"
import { full } from "../cotangent.ts"
import type { Pair } from "../op/convolution.ts"
import type { WindowOps } from "../op/window.ts"
import type { Rules } from "./rule.ts"

export const windowRules: Rules<WindowOps> = {
  unfold: ({ a, y, dy, attrs }) => [apply("fold", [full(dy, y.shape)], { ...attrs, extents: a.shape.slice(-2) as unknown as Pair })],
  fold: ({ y, dy, attrs: { size, strides, dilations } }) => [apply("unfold", [full(dy, y.shape)], { size, strides, dilations })],
}
