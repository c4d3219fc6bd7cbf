/** Rows of the convolutions. */
import { ndarray, sizeOf, type Shape } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Convolution } from "../../tensor/op/convolution.ts"
import { perAxis, placesOf, spanOf } from "../../tensor/window.ts"
import type { Emit } from "./emit.ts"
import { followsThreads, product } from "./product.ts"
import { arg, names, type Row, type Rows, type Value } from "./row.ts"

type Four = readonly [number, number, number, number]
const four = (shape: Shape): Four => shape as Shape as Four

type Operand = Pick<Value, "name" | "shape">

/** A convolution of image and filter, and of a bias [O] if there is one. */
export const convolve = (emit: Emit, image: Operand, filter: Operand, attrs: Convolution, bias?: string): string => {
  const [[n, , h, w], [o, i, kh, kw]] = [four(image.shape), four(filter.shape)]
  const { strides, low, high, dilations, groups } = attrs
  const places = placesOf([h, w], [kh, kw], attrs)
  const columns = places[0] * places[1]
  // Of a single image threads share the product inside.
  const isShared = n === 1 && groups === 1 && (followsThreads(o, i * kh * kw, columns, emit.threads) || (o > 1 && o === columns))
  if (!isShared || emit.standard) {
    const attributes = { kernel_shape: [kh, kw], strides, pads: [...low, ...high], dilations, group: groups }
    return emit.node("Conv", [image.name, filter.name, ...(bias === undefined ? [] : [bias])], attributes)
  }
  const rows = underTaps(emit, padded(emit, image.name, 2, low[0], high[0]), 2, kh, places[0], strides[0], dilations[0])
  const all = underTaps(emit, padded(emit, rows, 4, low[1], high[1], 5), 4, kw, places[1], strides[1], dilations[1]) // [1, I, kh, H', kw, W']
  const taps = emit.node("Transpose", [all], { perm: [0, 1, 2, 4, 3, 5] })
  const [k, none] = [i * kh * kw, { transposeA: false, transposeB: false }]
  const sums = product(emit, { name: emit.reshape(filter.name, [o, k]), shape: [o, k] }, { name: emit.reshape(taps, [k, columns]), shape: [k, columns] }, none)
  const whole = bias === undefined ? sums : emit.node("Add", [sums, emit.reshape(bias, [o, 1])])
  return emit.reshape(whole, [1, o, ...places])
}

const forward: Row<"conv2d"> = (emit, step) => convolve(emit, arg(step, 0), arg(step, 1), step.attrs)

/** Groups' filters with input and output channels exchanged, and turned by half: [C, O / groups, kh, kw]. */
const adjointFilter = (emit: Emit, w: string, [o, perGroup, kh, kw]: Four, groups: number): string => {
  const grouped = groups === 1 ? w : emit.reshape(w, [groups, o / groups, perGroup, kh, kw])
  const exchanged = emit.node("Transpose", [grouped], { perm: groups === 1 ? [1, 0, 2, 3] : [0, 2, 1, 3, 4] })
  const filters = groups === 1 ? exchanged : emit.reshape(exchanged, [groups * perGroup, o / groups, kh, kw])
  if (kh === 1 && kw === 1) return filters
  return emit.node("Slice", [filters, emit.int64([-1, -1]), emit.int64([-1 - kh, -1 - kw]), emit.int64([2, 3]), emit.int64([-1, -1])])
}

/** Without strides a convolution again, of the turned filter; else `ConvTranspose`. */
const inputGradient: Row<"conv2d_input_gradient"> = (emit, step) => {
  const { strides, low, high, dilations, groups, size } = step.attrs
  const [dy, w] = [arg(step, 0), arg(step, 1)]
  const [, , kh, kw] = four(w.shape)
  const extents = perAxis((i) => dy.shape[2 + i]!)
  const spans = perAxis((i) => spanOf([kh, kw][i]!, dilations[i]))
  const before = perAxis((i) => spans[i] - 1 - low[i])
  const behind = perAxis((i) => size[i] - extents[i] + spans[i] - 1 - before[i])
  if (strides.every((stride) => stride === 1) && [...before, ...behind].every((n) => n >= 0)) {
    const [o, perGroup] = four(w.shape)
    const filter = { name: adjointFilter(emit, w.name, four(w.shape), groups), shape: [groups * perGroup, o / groups, kh, kw] }
    return convolve(emit, dy, filter, { strides, low: before, high: behind, dilations, groups })
  }
  const output_padding = perAxis((i) => size[i] - ((extents[i] - 1) * strides[i] + spans[i] - low[i] - high[i]))
  const attributes = { kernel_shape: [kh, kw], strides, pads: [...low, ...high], dilations, output_padding, group: groups }
  return emit.node("ConvTranspose", names(step), attributes)
}

/** `value`, of `rank` axes, with `low` and `high` zeros more along `axis`; less where they are negative. */
const padded = (emit: Emit, value: string, axis: number, low: number, high: number, rank = 4): string => {
  const pads = (n: number) => [...Array(rank).keys()].map((i) => (i === axis ? n : 0))
  return low === 0 && high === 0 ? value : emit.node("Pad", [value, emit.int64([...pads(low), ...pads(high)])])
}

/** Along `axis`, which is padded before, the elements under each tap: [.., taps, places, ..]. */
const underTaps = (emit: Emit, value: string, axis: number, taps: number, places: number, stride: number, dilation: number): string => {
  const positions = Int32Array.from({ length: taps * places }, (_, i) => Math.floor(i / places) * dilation + (i % places) * stride)
  return emit.node("Gather", [value, emit.constant(ndarray("i32", [taps, places], positions))], { axis })
}

/**
 * One product for each column of the filter, [N, groups, C / groups kh, H' W'] by [N, groups, O / groups, H' W'] transposed, summed
 * over the images: image rows are laid under the rows of the filter by one `Gather`, and columns are met by moving the
 * cotangent (or by picking them, where there is a stride). At the layers of a ResNet-20 with a batch of 128 it measured level with an
 * im2col of all taps, which needs three times the memory, and 1.1 to 2.3 times as fast as a `Conv` with images and channels exchanged.
 */
const filterGradient: Row<"conv2d_filter_gradient"> = (emit, step) => {
  const { strides, low, high, dilations, groups, size } = step.attrs
  const [x, dy] = [arg(step, 0), arg(step, 1)]
  if (sizeOf(x.shape) === 0) return emit.expand(emit.scalar("f32", 0), step.shape)
  const [n, c, , width] = four(x.shape)
  const [, o, rows, columns] = four(dy.shape)
  const [kh, kw] = size
  const moved = strides[1] === 1
  const tall = padded(emit, x.name, 2, low[0], high[0])
  const laid = (value: string) => underTaps(emit, value, 2, kh, rows, strides[0], dilations[0]) // [N, C, kh, H', *]
  const wide = moved ? undefined : padded(emit, tall, 3, low[1], high[1])
  const whole = moved ? laid(tall) : ""

  const products = Array.from({ length: kw }, (_, j) => {
    const first = j * dilations[1]
    const left = wide === undefined ? whole : laid(emit.node("Slice", [wide, ...[[first], [first + (columns - 1) * strides[1] + 1], [3], [strides[1]]].map((v) => emit.int64(v))]))
    const before = first - low[1]
    const right = moved ? padded(emit, dy.name, 3, before, width - columns - before) : dy.name
    const places = rows * (moved ? width : columns)
    const stack = (value: string, channels: number) => {
      const shape = [n, groups, channels, places]
      return { name: emit.reshape(value, shape), shape }
    }
    const each = product(emit, stack(left, (c / groups) * kh), stack(right, o / groups), { transposeA: false, transposeB: true }) // [N, groups, C / groups kh, O / groups]
    const summed = emit.node("ReduceSum", [each, emit.int64([0])], { keepdims: 0 })
    return emit.reshape(summed, [1, groups, c / groups, kh, o / groups])
  })
  const all = products.length === 1 ? products[0]! : emit.node("Concat", products, { axis: 0 }) // [kw, groups, C / groups, kh, O / groups]
  return emit.reshape(emit.node("Transpose", [all], { perm: [1, 4, 2, 3, 0] }), step.shape)
}

export const convolutionRows = {
  conv2d: forward,
  conv2d_input_gradient: inputGradient,
  conv2d_filter_gradient: filterGradient,
} satisfies Partial<Rows<OpName>>
