/** ONNX's shape operators and its gathers as our functions. */
import { must } from "../../../../src/base/assert.ts"
import { type Shape, sizeOf } from "../../../../src/base/ndarray.ts"
import * as e from "../../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { gather, oneHot, putAlong, takeAlong } from "../../../../src/tensor/indexing.ts"
import { broadcastTo, concat, expandDims, pad, reshape, slice, split, transpose } from "../../../../src/tensor/reshape.ts"
import { broadcastShapes } from "../../../../src/tensor/shape.ts"
import { constant, iota } from "../../../../src/tensor/source.ts"
import { dtypeOf } from "./model-file.ts"
import { axisOf, need, type Site, type Translate, type Translations } from "./translation.ts"

const int32 = (shape: Shape, values: readonly number[]): Expr => constant({ dtype: "i32", shape, data: Int32Array.from(values) })

const shaped = (x: Expr, wanted: readonly number[], allowZero: boolean): Expr =>
  reshape(x, wanted.map((extent, axis) => (extent === 0 && !allowZero ? (x.shape[axis] as number) : extent)))

/** Elements of `x` along `axis` at these positions, in this order. */
const taken = (x: Expr, axis: number, positions: readonly number[]): Expr => gather(x, int32([positions.length], positions), axis)

const cut: Translate = (site) => {
  const { x } = site
  const [starts, ends] = [must(site.list("starts", 1), "starts"), must(site.list("ends", 2), "ends")]
  const axes = site.list("axes", 3) ?? starts.map((_, i) => i)
  const steps = site.known(4) ?? starts.map(() => 1)
  return axes.reduce((y, wanted, i) => {
    const axis = axisOf(wanted, x.shape.length)
    const extent = x.shape[axis] as number
    const [start, end, step] = [starts[i] as number, ends[i] as number, steps[i] as number]
    const clamp = (n: number, low: number, high: number) => Math.min(Math.max(n < 0 ? n + extent : n, low), high)
    if (step > 0) {
      const from = clamp(start, 0, extent)
      return slice(y, { axis, start: from, end: Math.max(from, clamp(end, 0, extent)), step })
    }
    const positions: number[] = []
    for (let at = clamp(start, 0, extent - 1); at > clamp(end, -1, extent - 1); at += step) positions.push(at)
    return taken(y, axis, positions)
  }, x)
}

const padded: Translate = (site) => {
  const { x } = site
  const rank = x.shape.length
  const pads = must(site.list("pads", 1), "pads")
  need(pads.every((n) => n >= 0), "padding that cuts")
  const [low, high] = [pads.slice(0, rank), pads.slice(rank)]
  const mode = site.text("mode", "constant")
  if (mode === "constant") return pad(x, low, high, site.known(2)?.[0] ?? site.float("value", 0))
  return x.shape.reduce((y, extent, axis) => {
    const positions = Array.from({ length: low[axis]! + extent + high[axis]! }, (_, i) => {
      const at = i - low[axis]!
      return mode === "edge" ? Math.min(Math.max(at, 0), extent - 1) : at < 0 ? -at : at >= extent ? 2 * (extent - 1) - at : at
    })
    return taken(y, axis, positions)
  }, x)
}

/** Negative indices count from the end. */
const fromFront = (indices: Expr, extent: number): Expr => e.where(e.lt(indices, 0), e.add(indices, extent), indices)

const extentOf = (site: Site, axis: number): number => site.x.shape[axis] as number

const triangle: Translate = (site) => {
  const [rows, columns] = site.x.shape.slice(-2) as [number, number]
  const offset = site.known(1)?.[0] ?? 0
  const along = e.add(iota([rows, columns], 0), offset)
  const kept = site.int("upper", 1) === 1 ? e.le(along, iota([rows, columns], 1)) : e.le(iota([rows, columns], 1), along)
  return e.where(kept, site.x, 0)
}

/** An axis for every block: [n, c, h, w] as blocks of `size` times `size`. */
const blocks = (site: Site, shape: (n: number, c: number, h: number, w: number, size: number) => readonly [Shape, readonly number[], Shape]): Expr => {
  const [n, c, h, w] = site.x.shape as [number, number, number, number]
  const [apart, order, joined] = shape(n, c, h, w, site.int("blocksize", 1))
  return reshape(transpose(reshape(site.x, apart), order), joined)
}

const squeezed = (site: Site): Expr => {
  const rank = site.x.shape.length
  const axes = site.list("axes", 1)?.map((axis) => axisOf(axis, rank)) ?? [...site.x.shape.keys()].filter((axis) => site.x.shape[axis] === 1)
  return reshape(site.x, site.x.shape.filter((_, axis) => !axes.includes(axis)))
}

const unsqueezed = (site: Site): Expr => {
  const axes = must(site.list("axes", 1), "axes")
  const rank = site.x.shape.length + axes.length
  return [...axes].map((axis) => axisOf(axis, rank)).sort((a, b) => a - b).reduce((x, axis) => expandDims(x, axis), site.x)
}

/** Updates replace elements, or are added to them. */
const scattered: Translate = (site) => {
  const axis = axisOf(site.int("axis", 0), site.x.shape.length)
  const reduction = site.text("reduction", "none")
  need(reduction === "none" || reduction === "add", `scatter by ${reduction}`)
  const size = extentOf(site, axis)
  const indices = fromFront(site.y, size)
  const put = putAlong(indices, site.arg(2), axis, size)
  if (reduction === "add") return e.add(site.x, put)
  const hit = putAlong(indices, broadcastTo(constant(1), indices.shape), axis, size)
  return e.where(e.lt(0, hit), put, site.x)
}

/** Rows of the leading axes by tuples of indices. */
const gatherTuples: Translate = (site) => {
  need(site.int("batch_dims", 0) === 0, "batch axes")
  const { x, y } = site
  const depth = y.shape.at(-1) as number
  const leading = x.shape.slice(0, depth)
  const strides = leading.map((_, i) => sizeOf(leading.slice(i + 1)))
  const parts = leading.map((extent, i) => e.mul(fromFront(reshape(slice(y, { axis: -1, start: i, end: i + 1 }), y.shape.slice(0, -1)), extent), strides[i] as number))
  return gather(reshape(x, [sizeOf(leading), ...x.shape.slice(depth)]), parts.reduce((a, b) => e.add(a, b)), 0)
}

export const layout: Translations = {
  Reshape: (site) => shaped(site.x, must(site.list("shape", 1), "shape"), site.int("allowzero", 0) === 1),
  Flatten: (site) => {
    const axis = axisOf(site.int("axis", 1), site.x.shape.length)
    return reshape(site.x, [sizeOf(site.x.shape.slice(0, axis)), sizeOf(site.x.shape.slice(axis))])
  },
  Squeeze: squeezed,
  Unsqueeze: unsqueezed,
  Transpose: (site) => transpose(site.x, site.ints("perm") ?? [...site.x.shape.keys()].reverse()),
  Expand: (site) => broadcastTo(site.x, must(broadcastShapes(site.x.shape, must(site.known(1), "shape")), "shapes that broadcast")),
  Tile: (site) => must(site.known(1), "repeats").reduce((x, times, axis) => concat(Array<Expr>(times).fill(x), axis), site.x),
  Concat: (site) => concat(site.all, site.int("axis", 0)),
  Split: (site) => {
    const axis = axisOf(site.int("axis", 0), site.x.shape.length)
    const count = site.node.output.length
    return split(site.x, site.list("split", 1) ?? Array<number>(count).fill(extentOf(site, axis) / count), axis)
  },
  Slice: cut,
  Pad: padded,
  Shape: (site) => {
    const rank = site.x.shape.length
    const bound = (n: number) => Math.min(Math.max(axisOf(n, rank), 0), rank)
    const extents = site.x.shape.slice(bound(site.int("start", 0)), bound(site.int("end", rank)))
    return int32([extents.length], extents)
  },
  Size: ({ x }) => int32([], [sizeOf(x.shape)]),
  ConstantOfShape: (site) => {
    const value = site.tensor("value") ?? { dtype: "f32" as const, shape: [1], data: new Float32Array(1) }
    return broadcastTo(reshape(constant(value), []), must(site.known(0), "shape"))
  },
  Range: (site) => {
    const [start, limit, delta] = [0, 1, 2].map((i) => site.known(i)?.[0] ?? 0) as [number, number, number]
    const count = Math.max(0, Math.ceil((limit - start) / delta))
    return e.add(e.mul(e.cast(iota([count]), site.x.dtype), delta), start)
  },
  EyeLike: (site) => {
    const [rows, columns] = site.x.shape as [number, number]
    const line = e.eq(e.add(iota([rows, columns], 0), site.int("k", 0)), iota([rows, columns], 1))
    return e.cast(line, site.has("dtype") ? dtypeOf(site.int("dtype", 1)) : site.x.dtype)
  },
  Trilu: triangle,
  DepthToSpace: (site) =>
    blocks(site, (n, c, h, w, s) =>
      site.text("mode", "DCR") === "DCR"
        ? [[n, s, s, c / s / s, h, w], [0, 3, 4, 1, 5, 2], [n, c / s / s, h * s, w * s]]
        : [[n, c / s / s, s, s, h, w], [0, 1, 4, 2, 5, 3], [n, c / s / s, h * s, w * s]],
    ),
  SpaceToDepth: (site) =>
    blocks(site, (n, c, h, w, s) => [[n, c, h / s, s, w / s, s], [0, 3, 5, 1, 2, 4], [n, c * s * s, h / s, w / s]]),
  Gather: (site) => {
    const axis = axisOf(site.int("axis", 0), site.x.shape.length)
    return gather(site.x, fromFront(site.y, extentOf(site, axis)), axis)
  },
  GatherElements: (site) => {
    const axis = axisOf(site.int("axis", 0), site.x.shape.length)
    return takeAlong(site.x, fromFront(site.y, extentOf(site, axis)), axis)
  },
  GatherND: gatherTuples,
  ScatterElements: scattered,
  Scatter: scattered,
  OneHot: (site) => {
    const depth = must(site.known(1)?.[0], "depth")
    const rank = site.x.shape.length + 1
    const axis = axisOf(site.int("axis", -1), rank)
    const hot = oneHot(fromFront(e.cast(site.x, "i32"), depth), depth)
    const order = [...hot.shape.keys()].slice(0, -1)
    order.splice(axis, 0, rank - 1)
    const [off, on] = [slice(site.arg(2), { axis: 0, start: 0, end: 1 }), slice(site.arg(2), { axis: 0, start: 1, end: 2 })]
    return e.where(e.lt(0, transpose(hot, order)), on, off)
  },
}
