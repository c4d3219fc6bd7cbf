/** Shape and dtype rules: convolutions of images and their two adjoints. */
import type { Shape } from "../../base/ndarray.ts"
import type { Convolution, ConvolutionOps, Pair, Walk } from "../op/convolution.ts"
import { equalShapes, showShape } from "../shape.ts"
import type { Typed } from "../trace-error.ts"
import { placesOf } from "../window.ts"
import { two, type Need, type Rule, type Rules } from "./rule.ts"

type Four = readonly [number, number, number, number]

const images = (need: Need, ...operands: readonly Typed[]): void =>
  need(
    operands.every(({ shape, dtype }) => dtype === "f32" && shape.length === 4),
    "two operands of f32 and rank 4: images [N, C, H, W], filters [O, C / groups, kh, kw]",
  )

const wholeFrom = (least: number, ...pairs: readonly Pair[]): boolean => pairs.flat().every((n) => Number.isInteger(n) && n >= least)

/** Refuses a walk that is none; gives the places of its window. */
export const places = (need: Need, extents: Pair, size: Pair, walk: Walk): Pair => {
  need(wholeFrom(1, walk.strides, walk.dilations), "strides and dilations of 1 or more")
  need(wholeFrom(0, walk.low, walk.high), "padding that is whole and not negative")
  need(wholeFrom(1, size), `a window of 1 or more rows and columns, not ${showShape(size)}`)
  const found = placesOf(extents, size, walk)
  need(
    found.every((n) => n >= 1),
    `a window of ${showShape(size)} that fits into ${showShape(extents)} with padding ${showShape(walk.low)} and ${showShape(walk.high)}`,
  )
  return found
}

/** Refuses channels that do not go together: `inner` of an image, `perGroup` and `outer` of a filter. */
const channels = (need: Need, inner: number, perGroup: number, outer: number, groups: number): void => {
  need(Number.isInteger(groups) && groups >= 1 && outer % groups === 0, `output channels that ${groups} groups divide, not ${outer}`)
  need(inner === perGroup * groups, `${perGroup * groups} input channels (${perGroup} for each of ${groups} groups), not ${inner}`)
}

/** Adjoints: the extents of the result's cotangent follow from those of image and filter. */
const arrives = (need: Need, dy: Four, extents: Pair, size: Pair, attrs: Convolution): void => {
  const found = places(need, extents, size, attrs)
  need(equalShapes(dy.slice(2), found), `a cotangent of extents ${showShape(found)} for an image of ${showShape(extents)} and a window of ${showShape(size)}`)
}

const rule = <Attrs>(shapeOf: (a: Four, b: Four, attrs: Attrs, need: Need) => Shape): Rule<Attrs> =>
  two((a, b, attrs, need) => {
    images(need, a, b)
    return { shape: shapeOf(a.shape as Shape as Four, b.shape as Shape as Four, attrs, need), dtype: "f32" }
  })

export const convolutionRules: Rules<ConvolutionOps> = {
  conv2d: rule(([n, c, h, w], [o, perGroup, ...size], attrs, need) => {
    channels(need, c, perGroup, o, attrs.groups)
    return [n, o, ...places(need, [h, w], size, attrs)]
  }),
  conv2d_input_gradient: rule((dy, [o, perGroup, ...size], attrs, need) => {
    channels(need, perGroup * attrs.groups, perGroup, o, attrs.groups)
    need(dy[1] === o, `a cotangent of ${o} channels, as the filter gives, not ${dy[1]}`)
    arrives(need, dy, attrs.size, size, attrs)
    return [dy[0], perGroup * attrs.groups, ...attrs.size]
  }),
  conv2d_filter_gradient: rule(([n, c, h, w], dy, attrs, need) => {
    need(dy[0] === n, `as many cotangents as images, ${n}, not ${dy[0]}`)
    channels(need, c, Math.floor(c / attrs.groups), dy[1], attrs.groups)
    arrives(need, dy, [h, w], attrs.size, attrs)
    return [dy[1], c / attrs.groups, ...attrs.size]
  }),
}
