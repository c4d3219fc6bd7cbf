/**
 * Batch rules: convolutions. Examples that share the filter are more images; examples with filters of their own are more groups,
 * whose channels do not mix.
 */
import { apply } from "../apply.ts"
import type { Expr } from "../expr.ts"
import type { ConvolutionOps } from "../op/convolution.ts"
import { reshape, transpose } from "../reshape.ts"
import { spread, type Operand, type Rule, type Rules, type Site } from "./rule.ts"

/** [size, N, C, H, W] -> [N, size C, H, W]; or -> [size N, C, H, W], which is also how filters lie one behind the other. */
const intoChannels = (x: Expr): Expr => folded(transpose(x, [1, 0, 2, 3, 4]), 1)
const intoImages = (x: Expr): Expr => folded(x, 0)

/** Axes `axis` and `axis + 1` as one. */
const folded = (x: Expr, axis: number): Expr =>
  reshape(x, [...x.shape.slice(0, axis), (x.shape[axis] as number) * (x.shape[axis + 1] as number), ...x.shape.slice(axis + 2)])

/** [N, size C, H, W] -> [size, N, C, H, W] */
const outOfChannels = (y: Expr, size: number): Expr => {
  const [n, channels, ...extents] = y.shape as readonly [number, number, number, number]
  return transpose(reshape(y, [n, size, channels / size, ...extents]), [1, 0, 2, 3, 4])
}

/** An operand without a batch can be read by all groups only where there was one; else each gets a copy. */
const shared = ({ x, batched }: Operand, groups: number): boolean => !batched && groups === 1 && x.shape.length === 4

const byFilter = <Op extends "conv2d" | "conv2d_input_gradient">({ op, a, b, attrs, y, size }: Site<Op>): Expr => {
  if (!b.batched) return reshape(apply<"conv2d" | "conv2d_input_gradient">(op, [intoImages(a.x), b.x], attrs), [size, ...y.shape])
  // Filters over one image for all are more filters, unless they are laid down and added up.
  const one = op === "conv2d" && shared(a, attrs.groups)
  const images = one ? a.x : intoChannels(spread(a, size))
  const groups = one ? 1 : attrs.groups * size
  return outOfChannels(apply<"conv2d" | "conv2d_input_gradient">(op, [images, intoImages(b.x)], { ...attrs, groups }), size)
}

const filterGradient: Rule<"conv2d_filter_gradient"> = ({ a, b, attrs, y, size }) => {
  const one = shared(a, attrs.groups)
  const operands = [one ? a.x : intoChannels(spread(a, size)), intoChannels(spread(b, size))]
  return reshape(apply("conv2d_filter_gradient", operands, { ...attrs, groups: one ? 1 : attrs.groups * size }), [size, ...y.shape])
}

export const convolutionRules: Rules<ConvolutionOps> = {
  conv2d: byFilter,
  conv2d_input_gradient: byFilter,
  conv2d_filter_gradient: filterGradient,
}
