/** ONNX's operators on images as our functions: one or two axes of places; three are not ours. */
import { convTranspose2d, conv2d } from "../../../../src/tensor/convolution.ts"
import { add, div, mul, pow, square } from "../../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { avgPool2d, maxPool2d } from "../../../../src/tensor/pooling.ts"
import { mean, reduceMax } from "../../../../src/tensor/reduce.ts"
import { pad, reshape, slice } from "../../../../src/tensor/reshape.ts"
import { type Coordinates, type NearestRounding, resizeBilinear, resizeNearest } from "../../../../src/tensor/resize.ts"
import { spanOf } from "../../../../src/tensor/window.ts"
import { need, type Site, type Translate, type Translations } from "./translation.ts"

type Pair = readonly [number, number]

/** How a window walks: a pair an axis, for rows and columns. */
interface Walked {
  readonly window: Pair
  readonly stride: Pair
  readonly dilation: Pair
  readonly padding: readonly [Pair, Pair]
}

const pairOf = (values: readonly number[] | undefined, otherwise: number): Pair =>
  values === undefined ? [otherwise, otherwise] : values.length === 1 ? [otherwise, values[0]!] : [values[0]!, values[1]!]

/** Images of one axis as images of one row. */
const rowed = (x: Expr): Expr => (x.shape.length === 3 ? reshape(x, [x.shape[0]!, x.shape[1]!, 1, x.shape[2]!]) : x)
/** The result for an operand like `x`. */
const unrowed = (y: Expr, x: Expr): Expr => (x.shape.length === 3 ? reshape(y, [y.shape[0]!, y.shape[1]!, y.shape[3]!]) : y)

const places = (site: Site): number => {
  const axes = site.x.shape.length - 2
  need(axes === 1 || axes === 2, `${axes} axes of places`)
  return axes
}

/** The walk of a window over an image, with `auto_pad` worked out. */
const walkedOf = (site: Site, extents: Pair, window: Pair): Walked => {
  const [stride, dilation] = [pairOf(site.ints("strides"), 1), pairOf(site.ints("dilations"), 1)]
  const auto = site.text("auto_pad", "NOTSET")
  const given = site.ints("pads") ?? []
  const explicit = (axis: number): Pair => {
    const at = axis - (2 - given.length / 2)
    return at < 0 || given.length === 0 ? [0, 0] : [given[at]!, given[at + given.length / 2]!]
  }
  const same = (axis: 0 | 1): Pair => {
    const total = Math.max((Math.ceil(extents[axis] / stride[axis]) - 1) * stride[axis] + spanOf(window[axis], dilation[axis]) - extents[axis], 0)
    const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)]
    return auto === "SAME_UPPER" ? [less, more] : [more, less]
  }
  return { window, stride, dilation, padding: auto.startsWith("SAME") ? [same(0), same(1)] : [explicit(0), explicit(1)] }
}

const extentsOf = (x: Expr): Pair => [x.shape[2]!, x.shape[3]!]

const biased = (y: Expr, bias: Expr | undefined): Expr => (bias === undefined ? y : add(y, reshape(bias, [1, bias.shape[0]!, 1, 1])))

const convolution: Translate = (site) => {
  places(site)
  const [x, w] = [rowed(site.x), rowed(site.y)]
  const { stride, dilation, padding } = walkedOf(site, extentsOf(x), extentsOf(w))
  return unrowed(biased(conv2d(x, w, { stride, dilation, padding, groups: site.int("group", 1) }), site.args[2]), site.x)
}

const transposed: Translate = (site) => {
  places(site)
  const [x, w] = [rowed(site.x), rowed(site.y)]
  const [extents, window] = [extentsOf(x), extentsOf(w)]
  const { stride, dilation, padding } = walkedOf(site, extents, window)
  const more = pairOf(site.ints("output_padding"), 0)
  const auto = site.text("auto_pad", "NOTSET")
  const wanted = site.ints("output_shape") ?? (auto.startsWith("SAME") ? extents.map((extent, i) => extent * stride[i]!) : undefined)
  const axis = (i: 0 | 1): readonly [Pair, number] => {
    if (wanted === undefined) return [padding[i], more[i]]
    const total = stride[i] * (extents[i] - 1) + more[i] + spanOf(window[i], dilation[i]) - pairOf(wanted, 1)[i]
    const [less, rest] = [Math.floor(Math.max(total, 0) / 2), Math.ceil(Math.max(total, 0) / 2)]
    return [auto === "SAME_UPPER" ? [less, rest] : [rest, less], more[i] + Math.max(-total, 0)]
  }
  const [rows, columns] = [axis(0), axis(1)]
  const y = convTranspose2d(x, w, { stride, dilation, groups: site.int("group", 1), padding: [rows[0], columns[0]], outputPadding: [rows[1], columns[1]] })
  return unrowed(biased(y, site.args[2]), site.x)
}

/** Rows and columns more behind the image, so that a last window that hangs over it counts. */
const ceiled = ({ window, stride, dilation, padding }: Walked, extents: Pair): readonly [Pair, Pair] => {
  const side = (i: 0 | 1): Pair => {
    const [low, high] = padding[i]
    const rest = (extents[i] + low + high - spanOf(window[i], dilation[i])) % stride[i]
    return [low, rest === 0 ? high : high + stride[i] - rest]
  }
  return [side(0), side(1)]
}

const pooled =
  (f: (x: Expr, walked: Walked, site: Site) => Expr): Translate =>
  (site) => {
    places(site)
    need(site.node.output.length === 1, "where the largest was")
    const x = rowed(site.x)
    const walked = walkedOf(site, extentsOf(x), pairOf(site.ints("kernel_shape"), 1))
    return unrowed(f(x, site.int("ceil_mode", 0) === 1 ? { ...walked, padding: ceiled(walked, extentsOf(x)) } : walked, site), site.x)
  }

const global =
  (f: (x: Expr, axes: readonly number[], keep: boolean) => Expr): Translate =>
  ({ x }) => f(x, [...x.shape.keys()].slice(2), true)

/** Local response normalisation: each element over a power of the squares in the channels around it. */
const localResponse: Translate = (site) => {
  const { x } = site
  const size = site.int("size", 1)
  const before = Math.floor((size - 1) / 2)
  const at = (n: number) => x.shape.map((_, axis) => (axis === 1 ? n : 0))
  const wide = pad(square(x), at(before), at(size - 1 - before))
  const windows = Array.from({ length: size }, (_, i) => slice(wide, { axis: 1, start: i, end: i + x.shape[1]! }))
  const sum = windows.reduce((a, b) => add(a, b))
  return div(x, pow(add(mul(sum, site.float("alpha", 1e-4) / size), site.float("bias", 1)), site.float("beta", 0.75)))
}

/** Linear and nearest, at the places that our functions know. Sizes that scales give are rounded down, and then are what counts. */
const resized: Translate = (site) => {
  const { x } = site
  const old = site.version < 11
  const scales = site.known(old ? 1 : 2) ?? []
  const size = site.known(3) ?? x.shape.map((extent, axis) => Math.floor(extent * (scales[axis] ?? 1)))
  const [coordinates, mode, rounding] = [
    old ? "asymmetric" : site.text("coordinate_transformation_mode", "half_pixel"),
    site.text("mode", "nearest"),
    old ? "floor" : site.text("nearest_mode", "round_prefer_floor"),
  ]
  need(x.shape.length === 4 && size[0] === x.shape[0] && size[1] === x.shape[1], "a resize of other axes than the last two")
  need(coordinates === "half_pixel" || coordinates === "align_corners" || coordinates === "asymmetric", `${coordinates} coordinates`)
  need(mode === "linear" || mode === "nearest", `${mode} resize`)
  const whole = site.known(3) !== undefined || x.shape.every((extent, axis) => Number.isInteger(Math.round(extent * scales[axis]! * 1e6) / 1e6))
  need(whole, "a resize by scales that do not give the size")
  const to = [size[2]!, size[3]!] as const
  const at = coordinates as Coordinates
  return mode === "linear" ? resizeBilinear(x, to, at) : resizeNearest(x, to, { coordinates: at, rounding: rounding as NearestRounding })
}

export const images: Translations = {
  Resize: resized,
  Upsample: resized,
  Conv: convolution,
  ConvTranspose: transposed,
  MaxPool: pooled((x, { window, ...options }) => maxPool2d(x, window, options)),
  AveragePool: pooled((x, { window, ...options }, site) => avgPool2d(x, window, { ...options, countIncludePad: site.int("count_include_pad", 0) === 1 })),
  GlobalAveragePool: global(mean),
  GlobalMaxPool: global(reduceMax),
  LRN: localResponse,
}
