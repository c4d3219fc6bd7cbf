/** The adjoint of a convolution in its filter, from images in blocks of images. SPEC D4. */
import { ndarray, type Shape, sizeOf } from "../../../base/ndarray.ts"
import type { Pair } from "../../../tensor/op/convolution.ts"
import { perAxis } from "../../../tensor/window.ts"
import type { Emit } from "../emit.ts"
import { arg, type Row } from "../row.ts"
import { conv, type StepOf, type Steps, still, type Walk } from "./convolution.ts"
import { type Four, hasBlocks, nchwc } from "./form.ts"

export const fitsFilterGradient = (steps: Steps, { args, attrs }: StepOf<"conv2d_filter_gradient">, block: number): boolean => {
  const [x, dy] = args.map((index) => steps[index]!.shape) as [Shape, Shape]
  return attrs.groups === 1 && attrs.dilations[1] === 1 && hasBlocks(dy, block) && x[0]! % block === 0 && sizeOf(x) > 0
}

/** Rows of results that are to be had for the threads to share, and output blocks that a thread takes at once. */
const enoughRows = 12
const blocksAtOnce = 4

/** A blocked image with zeros more at both ends of its rows. */
const widened = (emit: Emit, image: string, channels: number, [low, high]: Pair): string => {
  const ones = emit.constant(ndarray("f32", [channels, 1, 1, 1], new Float32Array(channels).fill(1)))
  return conv(emit, image, ones, { ...still, size: [1, 1], low: [0, low], high: [0, high], groups: channels })
}

/** Into how many parts the images are put, each of which is summed by itself: enough for the threads, the same for any number of them. */
const partsOf = (images: number, rows: number): number => {
  const divisors = Array.from({ length: images }, (_, i) => i + 1).filter((n) => images % n === 0)
  return divisors.find((n) => n * rows >= enoughRows) ?? images
}

/**
 * A convolution in which images are the channels that are summed over, the cotangent is the filter, and an image's channels lie side
 * by side in its rows, so that `C kw` places of a result row are neighbours. Three times as fast as products of matrices.
 */
export const filterGradient: Row<"conv2d_filter_gradient"> = (emit, step) => {
  const b = emit.block
  const { strides, low, dilations } = step.attrs
  const [x, dy] = [arg(step, 0), arg(step, 1)]
  const [n, c, h, w] = x.shape as Four
  const [, o, rows, columns] = dy.shape as Four
  const [kh, kw] = step.attrs.size
  const inBlocks = hasBlocks(x.shape, b)
  const [across, width] = inBlocks ? [c / b, b] : [1, c]

  const behind = perAxis((i) => (step.attrs.size[i] - 1) * dilations[i] + ([rows, columns][i]! - 1) * strides[i] + 1 - [h, w][i]! - low[i])
  const isCut = low[0] < 0 || behind[0] < 0
  const rowsAround: Pair = isCut ? [low[0], behind[0]] : [0, 0]
  // Padding inside of rows is quicker by a convolution, which threads share, than by `Pad`.
  const isWidened = inBlocks && low[1] >= 0 && behind[1] >= 0 && low[1] + behind[1] > 0
  const wide = isWidened ? widened(emit, x.name, c, [low[1], behind[1]]) : inBlocks ? x.name : emit.node("Transpose", [x.name], { perm: [0, 2, 3, 1] })
  const line = (isWidened ? low[1] + w + behind[1] : w) * width
  const apart = across === 1 ? emit.reshape(wide, [1, n, h, line]) : emit.node("Transpose", [emit.reshape(wide, [n, across, h, line])], { perm: [1, 0, 2, 3] })
  const columnsAround = isWidened ? [0, 0] : [low[1] * width, behind[1] * width]
  const ends = [0, 0, rowsAround[0], columnsAround[0]!, 0, 0, rowsAround[1], columnsAround[1]!]
  const padded = ends.every((by) => by === 0) ? apart : emit.node("Pad", [apart, emit.int64(ends)])
  const image = emit.node("ReorderInput", [padded], {}, nchwc) // [across, N, H, W width], blocks of images

  const parts = partsOf(n / b, across * Math.ceil(o / b / blocksAtOnce) * kh)
  const cotangent = emit.reshape(dy.name, [parts, n / b / parts, b, o / b, rows * columns, b])
  const filter = emit.reshape(emit.node("Transpose", [cotangent], { perm: [0, 3, 1, 4, 2, 5] }), [parts * o, n / parts, rows, columns])
  const walk: Walk = {
    size: [rows, columns],
    strides: [dilations[0], 1],
    dilations: [strides[0], strides[1] * width],
    low: [isCut ? 0 : low[0], 0],
    high: [isCut ? 0 : behind[0], 0],
    groups: parts,
  }
  const each = conv(emit, image, filter, walk) // [across, parts O, kh, kw width], blocks of O
  const whole = parts === 1 ? each : emit.node("ReduceSum", [emit.reshape(each, [across, parts, o * kh * kw * width]), emit.int64([1])], { keepdims: 0 })
  const taps = emit.reshape(whole, [across, o / b, kh, kw, width, b])
  return emit.reshape(emit.node("Transpose", [taps], { perm: [1, 5, 0, 4, 2, 3] }), step.shape)
}
