/**
 * Images at another size, and turned round. Sizes are known when a program is traced, so a resize is a product with constant matrices (bilinear) or
 * a gather of constant places (nearest), and its gradient is what follows.
 */
import { ndarray } from "../base/ndarray.ts"
import type { Expr } from "./expr.ts"
import { gather } from "./indexing.ts"
import { matmul } from "./linear-algebra.ts"
import type { Pair } from "./op/convolution.ts"
import { repeatInterleave } from "./reshape.ts"
import { fromFront, sortedAxes } from "./shape.ts"
import { constant } from "./source.ts"
import { TraceError } from "./trace-error.ts"

/** The elements along `axes` (all by default) from the last to the first. Any dtype. */
export const flip = (x: Expr, axes?: number | readonly number[]): Expr =>
  sortedAxes(axes, x.shape.length).reduce((y, axis) => {
    const extent = x.shape[axis]
    if (extent === undefined) throw new TraceError("flip", [x], `axes within rank ${x.shape.length}, not ${axis}`)
    return extent < 2 ? y : pick(y, axis, Array.from({ length: extent }, (_, i) => extent - 1 - i))
  }, x)

const pick = (x: Expr, axis: number, places: readonly number[]): Expr => gather(x, constant(ndarray("i32", [places.length], Int32Array.from(places))), axis)

/**
 * Where output place i of `to` lies on the `from` places of the input, as ONNX's Resize names it. `half_pixel`: (i + 1/2) from / to - 1/2 (PyTorch
 * with align_corners false). `align_corners`: i (from - 1) / (to - 1). `asymmetric`: i from / to (PyTorch's `nearest`).
 */
export type Coordinates = "half_pixel" | "align_corners" | "asymmetric"

const placesOn = (from: number, to: number, coordinates: Coordinates): readonly number[] =>
  Array.from({ length: to }, (_, i) => {
    if (coordinates === "half_pixel") return ((i + 0.5) * from) / to - 0.5
    if (coordinates === "asymmetric") return (i * from) / to
    return to === 1 ? 0 : (i * (from - 1)) / (to - 1)
  })

const within = (place: number, extent: number): number => Math.min(Math.max(place, 0), extent - 1)

const checked = (op: string, x: Expr, size: Pair): Pair => {
  const extents = x.shape.slice(-2)
  if (extents.length < 2 || extents.includes(0) || !size.every((n) => Number.isInteger(n) && n >= 1))
    throw new TraceError(op, [x], `images [..., H, W] with pixels, and a size of whole numbers from 1, not ${size.join(" by ")}`)
  return extents as unknown as Pair
}

/** f32 [to, from]: each output place between its two neighbours, those beyond the edge being the edge. */
const blend = (from: number, to: number, coordinates: Coordinates): Expr => {
  const data = new Float32Array(to * from)
  placesOn(from, to, coordinates).forEach((place, i) => {
    const low = Math.floor(place)
    const share = place - low
    for (const [at, weight] of [[low, 1 - share], [low + 1, share]] as const) {
      const column = i * from + within(at, from)
      data[column] = (data[column] ?? 0) + weight
    }
  })
  return constant(ndarray("f32", [to, from], data))
}

/** f32 [..., H, W] -> [..., ...size], each pixel a blend of the four around it. */
export const resizeBilinear = (x: Expr, size: Pair, coordinates: Coordinates = "half_pixel"): Expr => {
  const [rows, columns] = checked("resizeBilinear", x, size)
  const wide = columns === size[1] ? x : matmul(x, blend(columns, size[1], coordinates), { transposeB: true })
  return rows === size[0] ? wide : matmul(blend(rows, size[0], coordinates), wide)
}

/** How a place between two pixels takes one, as ONNX's Resize names it. */
export type NearestRounding = "floor" | "ceil" | "round_prefer_floor" | "round_prefer_ceil"

const rounded: Readonly<Record<NearestRounding, (place: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
}

export interface NearestOptions {
  /** `asymmetric` by default, which with `floor` is PyTorch's `nearest`. */
  readonly coordinates?: Coordinates
  readonly rounding?: NearestRounding
}

/** [..., H, W] -> [..., ...size], each pixel a copy of one. Any dtype. A whole multiple repeats pixels, and its gradient sums them. */
export const resizeNearest = (x: Expr, size: Pair, { coordinates = "asymmetric", rounding = "floor" }: NearestOptions = {}): Expr => {
  const extents = checked("resizeNearest", x, size)
  return ([0, 1] as const).reduce((y, i) => {
    const [from, to] = [extents[i], size[i]]
    const axis = fromFront(i - 2, x.shape.length)
    const places = placesOn(from, to, coordinates).map((place) => within(rounded[rounding](place), from))
    if (places.every((place, at) => place === Math.floor((at * from) / to)) && to % from === 0) return to === from ? y : repeatInterleave(y, to / from, axis)
    return pick(y, axis, places)
  }, x)
}
