/** Rows of the steps that work on blocked images element by element, or move whole rows and blocks of them. */
import type { Shape } from "../../../base/ndarray.ts"
import type { OpName } from "../../../tensor/op.ts"
import type { Step } from "../../../tensor/program.ts"
import { equalShapes } from "../../../tensor/shape.ts"
import type { Emit } from "../emit.ts"
import type { Counted } from "../pattern.ts"
import { arg, type Lowered, type Row, type Value } from "../row.ts"
import { everyPlace, type Four, hasBlocks, inBlocks, isFour, picked } from "./form.ts"

/** Ops of which each element of the result depends on those at its place alone. */
export const byElement: ReadonlySet<OpName> = new Set<OpName>([
  "neg", "abs", "exp", "sqrt", "reciprocal", "sin", "cos", "tanh", "erf", "floor", "round", "add", "sub", "mul", "div", "pow", "max", "min",
  "eq", "lt", "le", "and", "or", "not", "where", "stop_gradient", "straight_through", "checkpoint",
])

/** [.., C or 1, 1, 1] beside [N, C, H, W], or a scalar: an operand that is the same at all places of an image. */
export const isOverPlaces = (shape: Shape, image: Four): boolean => {
  const [n, c, h, w] = [...Array<number>(Math.max(0, 4 - shape.length)).fill(1), ...shape] as Shape as Four
  return shape.length <= 4 && h === 1 && w === 1 && (c === 1 || c === image[1]) && (n === 1 || n === image[0])
}

/** Numbers of each channel, or of all: [C], [C, 1, 1], [1, C, 1, 1] beside an image. */
export const isOverImages = (shape: Shape, image: Four): boolean => isOverPlaces(shape, image) && (shape.length < 4 || shape[0] === 1)

/** An operand in the axes that a blocked image has in memory. */
const inMemory = (emit: Emit, { name, shape, dtype }: Value, image: Four): Value => {
  const b = emit.block
  const seen = equalShapes(shape, image) ? inBlocks(image, b) : spread(shape, b)
  return seen === shape ? { name, shape, dtype } : { name: emit.reshape(name, seen), shape: seen, dtype }
}

/** [N or 1, C or 1, 1, 1], or fewer axes, as it broadcasts against the axes in memory. */
const spread = (shape: Shape, block: number): Shape => {
  const channels = shape.at(-3) ?? 1
  if (channels === 1) return shape.length < 4 ? [] : [shape[0]!, 1, 1, 1, 1]
  return [...(shape.length < 4 ? [] : [shape[0]!]), channels / block, 1, 1, block]
}

/** The row of the op alone, on the axes in memory where an operand is to be broadcast. */
export const elementwise =
  (row: Row<OpName>): Row<OpName> =>
  (emit, step) => {
    const image = step.shape as Four
    if (step.args.every(({ shape }) => shape.length === 0 || equalShapes(shape, image))) return row(emit, step)
    const seen: Lowered<OpName> = { ...step, args: step.args.map((value) => inMemory(emit, value, image)), shape: inBlocks(image, emit.block) }
    return emit.reshape(row(emit, seen), image)
  }

type Moving = Extract<Step, { readonly op: "slice" | "pad" }>

/** Whether a slice or padding takes no block of channels apart. */
export const keepsBlocks = ({ op, attrs, shape }: Moving, image: Shape, block: number): boolean => {
  if (!hasBlocks(image, block) || !hasBlocks(shape, block)) return false
  return op === "slice" ? attrs.steps[1] === 1 && attrs.starts[1]! % block === 0 : attrs.low[1]! % block === 0 && attrs.high[1]! % block === 0
}

/** A slice through rows and columns of images, all of them. */
export const sampled: Row<"slice"> = (emit, step) => {
  const { name, shape } = arg(step, 0)
  const [n, c, h, w] = shape as Four
  const [b, [, channels, rows, columns], { starts, steps }] = [emit.block, step.shape as Four, step.attrs]
  const order = everyPlace([channels / b, rows, columns], ([block, y, x]) => ((starts[1]! / b + block!) * h + starts[2]! + y! * steps[2]!) * w + starts[3]! + x! * steps[3]!)
  return emit.reshape(picked(emit, name, [n, (c / b) * h * w, b], order), step.shape)
}

/** Whether that is what a slice is. */
export const samples = ({ attrs, shape }: Extract<Step, { readonly op: "slice" }>, image: Shape): boolean =>
  shape[0] === image[0] && attrs.steps[0] === 1 && !equalShapes(shape.slice(2), image.slice(2))

/** The row of a slice or padding, on the axes in memory. */
export const moved =
  (row: Row<OpName>): Row<OpName> =>
  (emit, step) => {
    const { name, shape, dtype } = arg(step, 0)
    const b = emit.block
    const last: Readonly<Record<string, number>> = { starts: 0, ends: b, steps: 1, low: 0, high: 0 }
    const attrs = Object.fromEntries(
      Object.entries(step.attrs as Readonly<Record<string, number | readonly number[]>>).map(([key, by]) => {
        if (typeof by === "number") return [key, by]
        return [key, [...by.map((n, axis) => (axis === 1 && key !== "steps" ? n / b : n)), last[key]!]]
      }),
    )
    const image = inBlocks(shape as Four, b)
    const seen = { attrs, args: [{ name: emit.reshape(name, image), shape: image, dtype }], shape: inBlocks(step.shape as Four, b), dtype: step.dtype }
    return emit.reshape(row(emit, seen as unknown as Lowered<OpName>), step.shape)
  }

/** Rows and columns of an image set apart by zeros, as the adjoint of a slice with steps has them. */
export interface Spread {
  readonly source: number
  /** An element, and zeros behind it. */
  readonly rows: number
  readonly columns: number
}

type Chained = Pick<Counted, "steps" | "uses">

/** What a step reshapes or pads, if only that step reads it. */
const reshaped = ({ steps, uses }: Chained, index: number, isOuter = false): number | undefined => {
  const step = steps[index]!
  return step.op === "reshape" && (isOuter || uses[index] === 1) ? step.args[0]! : undefined
}

/** The operand of a padding with zeros behind, along `axis` of five alone, from 1 to `count` elements. */
const spreadAlong = ({ steps, uses }: Chained, index: number, axis: number): readonly [source: number, count: number] | undefined => {
  const step = steps[index]!
  if (step.op !== "pad" || uses[index] !== 1 || step.shape.length !== 5 || step.attrs.value !== 0) return undefined
  const { low, high } = step.attrs
  if (low.some((n) => n !== 0) || high.some((n, i) => i !== axis && n !== 0) || step.shape[axis] !== high[axis]! + 1) return undefined
  return [step.args[0]!, step.shape[axis]!]
}

/** [N, C, H, W] -> [N, C, H rows, W columns] by way of [N, C, H, rows, W] and [N, C, H rows, W, columns]. */
export const spreadOf = (program: Chained, index: number): Spread | undefined => {
  const { steps } = program
  const wide = reshaped(program, index, true)
  const columns = wide === undefined ? undefined : spreadAlong(program, wide, 4)
  const tall = columns === undefined ? undefined : reshaped(program, columns[0])
  const rows = tall === undefined ? undefined : spreadAlong(program, tall, 3)
  const source = rows === undefined ? undefined : reshaped(program, rows[0])
  if (columns === undefined || rows === undefined || source === undefined) return undefined
  const [n, c, h, w] = steps[source]!.shape as Four
  const isSpread = isFour(steps[source]!.shape) && equalShapes(steps[index]!.shape, [n, c, h * rows[1], w * columns[1]]) && equalShapes(steps[rows[0]]!.shape, [n, c, h, 1, w])
  return isSpread ? { source, rows: rows[1], columns: columns[1] } : undefined
}

export const spreadOut =
  ({ rows, columns }: Spread): Row<OpName> =>
  (emit, step) => {
    const { name, shape } = arg(step, 0)
    const [n, c, h, w] = shape as Four
    const lines = emit.reshape(name, [(n * c * h) / emit.block, 1, w, emit.block])
    const padded = emit.node("Pad", [lines, emit.int64([0, 0, 0, 0, 0, rows - 1, 0, emit.block * (columns - 1)])])
    return emit.reshape(padded, step.shape)
  }
