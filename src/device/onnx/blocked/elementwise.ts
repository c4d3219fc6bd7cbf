/** Rows of the steps that work on blocked images element by element, or move whole rows and blocks of them. */
import type { Shape } from "../../../base/ndarray.ts"
import type { OpName } from "../../../tensor/op.ts"
import type { Step } from "../../../tensor/program.ts"
import { equalShapes } from "../../../tensor/shape.ts"
import type { Emit } from "../emit.ts"
import { arg, type Lowered, type Row, type Value } from "../row.ts"
import { type Four, hasBlocks, inBlocks } from "./form.ts"

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
