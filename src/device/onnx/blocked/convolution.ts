/** Convolutions of blocked images, and what else their kernels are good for. Filters come plain and are put in order inside the graph. */
import type { Shape } from "../../../base/ndarray.ts"
import type { Convolution, Pair } from "../../../tensor/op/convolution.ts"
import type { Step } from "../../../tensor/program.ts"
import type { Emit } from "../emit.ts"
import { arg, type Row, type Value } from "../row.ts"
import { type Form, type Four, gathered, hasBlocks, nchwc, turned } from "./form.ts"

export type Steps = readonly Step[]
export type StepOf<Op extends Step["op"]> = Extract<Step, { readonly op: Op }>

/** How a convolution reads its image. One of fewer channels than a block is read as it is; undefined where neither form will do. */
export const imageForm = (image: Shape, block: number): Form | undefined => {
  if (hasBlocks(image, block)) return "blocked"
  return image[1]! < block ? "plain" : undefined
}

/** A filter [O, I, kh, kw] as the kernels read it: in tiles of a block of I by a block of O, or of O alone where I is less than a block. */
export const tiled = (emit: Emit, filter: string, [o, i, kh, kw]: Four): string => {
  const b = emit.block
  const columns = gathered(emit, filter, o / b, b, i * kh * kw) // [O / b, I, kh kw, b]
  return emit.reshape(i < b ? columns : turned(emit, columns, (o * i) / b ** 2, b, kh * kw), [o, i, kh, kw])
}

/** Tiles of a block of O by a block of I, of a filter [O, I, kh, kw]: [O / b, I / b, kh kw, b b]. */
export const adjointTiles = (emit: Emit, filter: string, [o, i, kh, kw]: Four): string =>
  turned(emit, gathered(emit, filter, o, i, kh * kw), o / emit.block, emit.block, (i / emit.block) * kh * kw)

/** What is added to a convolution on the way to its result. */
export interface Epilogue {
  /** f32 [O]. */
  readonly bias?: string
  /** Blocked, of the shape of the result. */
  readonly sum?: string
  readonly relu?: boolean
}

export interface Walk extends Pick<Convolution, "strides" | "low" | "high" | "dilations"> {
  readonly size: Pair
  readonly groups?: number
}

/** `nchwc.Conv` of an image and a filter that is in order. */
export const conv = (emit: Emit, image: string, filter: string, { size, strides, low, high, dilations, groups = 1 }: Walk, { bias, sum, relu = false }: Epilogue = {}): string => {
  const behind = sum === undefined ? (bias === undefined ? [] : [bias]) : [bias ?? "", sum]
  const attributes = { kernel_shape: size, strides, pads: [...low, ...high], dilations, group: groups, ...(relu ? { activation: "Relu" } : {}) }
  return emit.node("Conv", [image, filter, ...behind], attributes, nchwc)
}

export const still: Omit<Walk, "size"> = { strides: [1, 1], low: [0, 0], high: [0, 0], dilations: [1, 1] }

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
