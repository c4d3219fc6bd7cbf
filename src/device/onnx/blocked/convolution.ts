/** Rows of the convolutions on blocked images. Filters come plain and are put in order inside the graph. SPEC D4. */
import { type Shape, sizeOf } from "../../../base/ndarray.ts"
import type { Convolution, Pair } from "../../../tensor/op/convolution.ts"
import type { Step } from "../../../tensor/program.ts"
import { perAxis, spanOf } from "../../../tensor/window.ts"
import type { Emit } from "../emit.ts"
import { arg, type Row, type Value } from "../row.ts"
import { type Form, type Four, hasBlocks, nchwc } from "./form.ts"

type Steps = readonly Step[]
type StepOf<Op extends Step["op"]> = Extract<Step, { readonly op: Op }>

/** How a convolution reads its image. One of fewer channels than a block is read as it is; undefined where neither form will do. */
export const imageForm = (image: Shape, block: number): Form | undefined => {
  if (hasBlocks(image, block)) return "blocked"
  return image[1]! < block ? "plain" : undefined
}

/** A filter [O, I, kh, kw] as the kernels read it: in tiles of a block of I by a block of O, or of O alone where I is less than a block. */
const tiled = (emit: Emit, filter: string, [o, i, kh, kw]: Four, turned = false): string => {
  const b = emit.block
  if (i < b) return emit.reshape(emit.node("Transpose", [emit.reshape(filter, [o / b, b, i, kh, kw])], { perm: [0, 2, 3, 4, 1] }), [o, i, kh, kw])
  const tiles = emit.reshape(filter, [o / b, b, i / b, b, kh, kw])
  if (!turned) return emit.reshape(emit.node("Transpose", [tiles], { perm: [0, 2, 4, 5, 3, 1] }), [o, i, kh, kw])
  return emit.reshape(emit.node("Transpose", [tiles], { perm: [2, 0, 4, 5, 1, 3] }), [i, o, kh, kw])
}

/** What is added to a convolution on the way to its result. */
export interface Epilogue {
  /** f32 [O]. */
  readonly bias?: string
  /** Blocked, of the shape of the result. */
  readonly sum?: string
  readonly relu?: boolean
}

interface Walk extends Pick<Convolution, "strides" | "low" | "high" | "dilations"> {
  readonly size: Pair
  readonly groups?: number
}

/** `nchwc.Conv` of an image and a filter that is in order. */
const conv = (emit: Emit, image: string, filter: string, { size, strides, low, high, dilations, groups = 1 }: Walk, { bias, sum, relu = false }: Epilogue = {}): string => {
  const behind = sum === undefined ? (bias === undefined ? [] : [bias]) : [bias ?? "", sum]
  const attributes = { kernel_shape: size, strides, pads: [...low, ...high], dilations, group: groups, ...(relu ? { activation: "Relu" } : {}) }
  return emit.node("Conv", [image, filter, ...behind], attributes, nchwc)
}

const still: Omit<Walk, "size"> = { strides: [1, 1], low: [0, 0], high: [0, 0], dilations: [1, 1] }

/** Each channel times a number, f32 [C]: a convolution of channels by themselves, which adds what there is to add in the same pass. */
export const scaled = (emit: Emit, image: string, scale: string, [, channels]: Four, epilogue: Epilogue): string =>
  conv(emit, image, emit.reshape(scale, [channels, 1, 1, 1]), { ...still, size: [1, 1], groups: channels }, epilogue)

/** Sums over the places of the products of two images, [N, C]: each image and channel of one is the filter for that of the other. */
export const dotOverPlaces = (emit: Emit, a: string, b: string, [n, c, h, w]: Four): string => {
  const filter = emit.reshape(b, [n * c, 1, h, w])
  return emit.reshape(conv(emit, emit.reshape(a, [1, n * c, h, w]), filter, { ...still, size: [h, w], groups: n * c }), [n, c])
}

export const fitsForward = (steps: Steps, step: StepOf<"conv2d">, block: number): boolean =>
  step.attrs.groups === 1 && hasBlocks(step.shape, block) && imageForm(steps[step.args[0]!]!.shape, block) !== undefined

export const convolveBlocked = (emit: Emit, image: string, filter: Pick<Value, "name" | "shape">, attrs: Convolution, epilogue: Epilogue = {}): string => {
  const [o, i, kh, kw] = filter.shape as Four
  return conv(emit, image, tiled(emit, filter.name, [o, i, kh, kw]), { ...attrs, size: [kh, kw] }, epilogue)
}

export const forward: Row<"conv2d"> = (emit, step) => convolveBlocked(emit, arg(step, 0).name, arg(step, 1), step.attrs)

/** Zeros around the cotangent, for the convolution that the adjoint in the image is where there are no strides. */
const around = (dy: Shape, { low, dilations, size }: Pick<Convolution, "low" | "dilations"> & { readonly size: Pair }, taps: Pair): { readonly low: Pair; readonly high: Pair } => {
  const spans = perAxis((i) => spanOf(taps[i], dilations[i]))
  const before = perAxis((i) => spans[i] - 1 - low[i])
  return { low: before, high: perAxis((i) => size[i] - dy[2 + i]! + spans[i] - 1 - before[i]) }
}

const tapsOf = (filter: Shape): Pair => [filter[2]!, filter[3]!]

export const fitsInputGradient = (steps: Steps, { args, attrs, shape }: StepOf<"conv2d_input_gradient">, block: number): boolean => {
  const [dy, filter] = args.map((index) => steps[index]!.shape) as [Shape, Shape]
  if (attrs.groups !== 1 || attrs.strides.some((stride) => stride !== 1) || !hasBlocks(shape, block) || !hasBlocks(dy, block)) return false
  const { low, high } = around(dy, attrs, tapsOf(filter))
  return [...low, ...high].every((n) => n >= 0)
}

export const inputGradient: Row<"conv2d_input_gradient"> = (emit, step) => {
  const [dy, filter] = [arg(step, 0), arg(step, 1)]
  const [kh, kw] = tapsOf(filter.shape)
  const reversed =
    kh === 1 && kw === 1
      ? filter.name
      : emit.node("Slice", [filter.name, emit.int64([-1, -1]), emit.int64([-1 - kh, -1 - kw]), emit.int64([2, 3]), emit.int64([-1, -1])])
  const walk = { ...step.attrs, ...around(dy.shape, step.attrs, [kh, kw]), size: [kh, kw] as Pair }
  return conv(emit, dy.name, tiled(emit, reversed, filter.shape as Four, true), walk)
}

export const fitsFilterGradient = (steps: Steps, { args, attrs }: StepOf<"conv2d_filter_gradient">, block: number): boolean => {
  const [x, dy] = args.map((index) => steps[index]!.shape) as [Shape, Shape]
  return attrs.groups === 1 && attrs.dilations[1] === 1 && hasBlocks(dy, block) && x[0]! % block === 0 && sizeOf(x) > 0
}

/** Rows of results that are to be had for the threads to share, and output blocks that a thread takes at once. */
const enoughRows = 12
const blocksAtOnce = 4

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
  const lines = inBlocks ? x.name : emit.node("Transpose", [x.name], { perm: [0, 2, 3, 1] })
  const apart = across === 1 ? emit.reshape(lines, [1, n, h, w * width]) : emit.node("Transpose", [emit.reshape(lines, [n, across, h, w * width])], { perm: [1, 0, 2, 3] })
  const isCut = low[0] < 0 || behind[0] < 0
  const pads = (rows: number, columns: number) => [0, 0, isCut ? rows : 0, columns * width]
  const ends = [...pads(low[0], low[1]), ...pads(behind[0], behind[1])]
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
