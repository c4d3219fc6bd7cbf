/**
 * Rotary positions (`nn/rope.ts`) as one `RotaryEmbedding`: x cos + turned(x) sin, where `turned` exchanges the halves of the last axis,
 * and its adjoint, x cos + turned(x sin). Four of every five passes over queries and keys are saved.
 */
import { ndarray, type NdArray } from "../../base/ndarray.ts"
import type { Step } from "../../tensor/program.ts"
import { equalShapes } from "../../tensor/shape.ts"
import { type Attributes, type Emit, microsoft } from "./emit.ts"
import { eitherWay, stepOf, type StepOf } from "./matching.ts"
import type { Counted, Pattern } from "./pattern.ts"
import { arg } from "./row.ts"

/** What is turned, f32 [batch, heads, length, n], and by which tables [length, n / 2]. */
export interface Rotation {
  readonly x: number
  readonly cos: NdArray
  readonly sin: NdArray
}

export const rotated = (program: Counted, step: StepOf<"add">): Pattern | undefined => {
  const rotation = rotationOf(program, step)
  return rotation && { args: [rotation.x], row: (emit, lowered) => rotate(emit, arg(lowered, 0).name, rotation) }
}

export const rotate = (emit: Emit, rows: string, { cos, sin }: Rotation, attributes: Attributes = {}): string =>
  emit.node("RotaryEmbedding", [rows, emit.int64([0]), emit.constant(cos), emit.constant(sin)], attributes, microsoft)

/** By tables that are literals. */
export const rotationOf = (program: Counted, step: StepOf<"add">): Rotation | undefined => {
  const { shape, dtype } = step
  const [, , length, n] = shape
  if (dtype !== "f32" || shape.length !== 4 || n === 0 || n! % 8 !== 0) return undefined
  const table = (i: number): NdArray | undefined => {
    const value = stepOf(program, i, "constant")?.attrs.value
    return value !== undefined && equalShapes(value.shape, [length!, n!]) ? value : undefined
  }
  return eitherWay(step, (straight, crossed) => {
    const along = stepOf(program, straight, "mul")
    if (along === undefined) return undefined
    return eitherWay(along, (x, by) => {
      const [cos, sin] = [table(by), sineOf(program, crossed, x, table)]
      if (cos === undefined || sin === undefined) return undefined
      const [left, right, low, high] = [half(cos, 0), half(cos, 1), half(sin, 0), half(sin, 1)]
      if (!left.data.every((value, i) => value === right.data[i]) || !low.data.every((value, i) => value === -high.data[i]!)) return undefined
      return { x, cos: left, sin: high }
    })
  })
}

/** The table by which the halves of `x` are multiplied after they have changed places. */
const sineOf = (program: Counted, crossed: number, x: number, table: (i: number) => NdArray | undefined): NdArray | undefined => {
  const after = stepOf(program, crossed, "mul")
  if (after !== undefined) return eitherWay(after, (turned, by) => (turnedFrom(program.steps, turned) === x ? table(by) : undefined))
  const before = stepOf(program, turnedFrom(program.steps, crossed), "mul")
  const sin = before && eitherWay(before, (from, by) => (from === x ? table(by) : undefined))
  return sin && exchanged(sin)
}

/** What `turned` is, with its halves in each other's place. */
const turnedFrom = (steps: readonly Step[], turned: number): number | undefined => {
  const step = steps[turned]!
  const axis = step.shape.length - 1
  if (step.op !== "concat" || step.attrs.axis !== axis || step.args.length !== 2) return undefined
  const n = step.shape[axis]!
  const cutAt = (i: number, start: number): number | undefined => {
    const cut = steps[i]!
    if (cut.op !== "slice") return undefined
    const { starts, ends, steps: strides } = cut.attrs
    const whole = steps[cut.args[0]!]!.shape
    const isHalf = whole[axis] === n && whole.every((extent, d) => strides[d] === 1 && (d === axis ? starts[d] === start && ends[d] === start + n / 2 : starts[d] === 0 && ends[d] === extent))
    return isHalf ? cut.args[0] : undefined
  }
  const [high, low] = step.args as readonly [number, number]
  const from = cutAt(high, n / 2)
  return from !== undefined && cutAt(low, 0) === from ? from : undefined
}

/** The first or second half of every row. */
const half = ({ shape: [rows, n], data }: NdArray, which: 0 | 1): NdArray => {
  const width = n! / 2
  return ndarray("f32", [rows!, width], Float32Array.from({ length: rows! * width }, (_, i) => data[Math.floor(i / width) * n! + which * width + (i % width)]!))
}

const exchanged = (table: NdArray): NdArray => {
  const [rows, n] = table.shape as readonly [number, number]
  const at = (i: number): number => (i % n < n / 2 ? i + n / 2 : i - n / 2)
  return ndarray("f32", [rows, n], Float32Array.from({ length: rows * n }, (_, i) => table.data[at(i)]!))
}
