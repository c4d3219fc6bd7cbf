/**
 * Gradient rules: convolutions. <conv2d(x, w), y> is linear in x, w and y; its derivative by any of them is one of the three
 * ops applied to the other two, so the rules close among themselves.
 */
import { apply } from "../apply.ts"
import { full } from "../cotangent.ts"
import type { Expr } from "../expr.ts"
import type { Convolution, ConvolutionOps, Pair } from "../op/convolution.ts"
import type { Rules } from "./rule.ts"

const extents = ({ shape }: Expr): Pair => [shape[2] as number, shape[3] as number]
const walk = ({ strides, low, high, dilations, groups }: Convolution): Convolution => ({ strides, low, high, dilations, groups })

const forward = (x: Expr, w: Expr, attrs: Convolution): Expr => apply("conv2d", [x, w], walk(attrs))
const inputGradient = (dy: Expr, w: Expr, attrs: Convolution, size: Pair): Expr =>
  apply("conv2d_input_gradient", [dy, w], { ...walk(attrs), size })
const filterGradient = (x: Expr, dy: Expr, attrs: Convolution, size: Pair): Expr =>
  apply("conv2d_filter_gradient", [x, dy], { ...walk(attrs), size })

export const convolutionRules: Rules<ConvolutionOps> = {
  conv2d: ({ a: x, b: w, y, dy, attrs }) => {
    const d = full(dy, y.shape)
    return [inputGradient(d, w, attrs, extents(x)), filterGradient(x, d, attrs, extents(w))]
  },
  conv2d_input_gradient: ({ a, b: w, y, dy, attrs }) => {
    const d = full(dy, y.shape)
    return [forward(d, w, attrs), filterGradient(d, a, attrs, extents(w))]
  },
  conv2d_filter_gradient: ({ a: x, b, y, dy, attrs }) => {
    const d = full(dy, y.shape)
    return [inputGradient(b, d, attrs, extents(x)), forward(x, d, attrs)]
  },
}
