/** Rows of windows over the last two axes. Where windows touch without overlapping, they are a reshape and a transposition. */
import { ndarray, type Shape } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Windows } from "../../tensor/op/window.ts"
import type { Emit } from "./emit.ts"
import { arg, type Row, type Rows } from "./row.ts"

const touching = ({ size, strides, dilations }: Windows, i: 0 | 1): boolean => strides[i] === size[i] && (dilations[i] === 1 || size[i] === 1)

const cut = (emit: Emit, value: string, axis: number, start: number, end: number, step = 1): string =>
  emit.node("Slice", [value, ...[[start], [end], [axis], [step]].map((v) => emit.int64(v))])

/** [..., H', kh, W', kw] <-> [..., H', W', kh, kw] */
const exchanged = (emit: Emit, value: string, rank: number): string =>
  emit.node("Transpose", [value], { perm: [...Array(rank - 4).keys(), rank - 4, rank - 2, rank - 3, rank - 1] })

/** `[places, taps]` in place of `axis`. */
const spreadOut = (emit: Emit, value: string, shape: Shape, axis: number, places: number, attrs: Windows, i: 0 | 1): readonly [string, Shape] => {
  const { size, strides, dilations } = attrs
  const split = [...shape.slice(0, axis), places, size[i], ...shape.slice(axis + 1)]
  if (touching(attrs, i)) {
    const whole = places * size[i]
    return [emit.reshape(whole === shape[axis] ? value : cut(emit, value, axis, 0, whole), split), split]
  }
  const at = Int32Array.from({ length: places * size[i] }, (_, n) => Math.floor(n / size[i]) * strides[i] + (n % size[i]) * dilations[i])
  return [emit.node("Gather", [value, emit.constant(ndarray("i32", [places, size[i]], at))], { axis }), split]
}

const unfold: Row<"unfold"> = (emit, step) => {
  const { name, shape } = arg(step, 0)
  const rank = step.shape.length
  const [rows, columns] = [step.shape[rank - 4]!, step.shape[rank - 3]!]
  const [wide, middle] = spreadOut(emit, name, shape, rank - 3, columns, step.attrs, 1)
  const [whole] = spreadOut(emit, wide, middle, rank - 4, rows, step.attrs, 0)
  return exchanged(emit, whole, rank)
}

const padded = (emit: Emit, value: string, dtype: "f32" | "i32", low: Shape, high: Shape): string =>
  [...low, ...high].every((n) => n === 0) ? value : emit.node("Pad", [value, emit.int64([...low, ...high]), emit.scalar(dtype, 0)])

/** The windows' elements of one tap, `strides` apart on zeros, moved to where the tap took them. */
const laid = (emit: Emit, step: Parameters<Row<"fold">>[1], down: number, right: number): string => {
  const { strides, dilations, extents } = step.attrs
  const { name, shape } = arg(step, 0)
  const dtype = step.dtype === "i32" ? "i32" : "f32"
  const [rank, front] = [shape.length, shape.slice(0, -4)]
  const [rows, columns] = [shape[rank - 4]!, shape[rank - 3]!]
  const tap = emit.reshape(cut(emit, cut(emit, name, rank - 2, down, down + 1), rank - 1, right, right + 1), [...front, rows, 1, columns, 1])
  const none = front.map(() => 0)
  const apart = padded(emit, tap, dtype, [...none, 0, 0, 0, 0], [...none, 0, strides[0] - 1, 0, strides[1] - 1])
  const [high, wide] = [(rows - 1) * strides[0] + 1, (columns - 1) * strides[1] + 1]
  const spread = emit.reshape(apart, [...front, rows * strides[0], columns * strides[1]])
  const exact = cut(emit, cut(emit, spread, rank - 4, 0, high), rank - 3, 0, wide)
  const [top, left] = [down * dilations[0], right * dilations[1]]
  return padded(emit, exact, dtype, [...none, top, left], [...none, extents[0] - high - top, extents[1] - wide - left])
}

const fold: Row<"fold"> = (emit, step) => {
  const { size, extents } = step.attrs
  const { name, shape } = arg(step, 0)
  const rank = shape.length
  if (touching(step.attrs, 0) && touching(step.attrs, 1)) {
    const [rows, columns] = [shape[rank - 4]! * size[0], shape[rank - 3]! * size[1]]
    const whole = emit.reshape(exchanged(emit, name, rank), [...shape.slice(0, -4), rows, columns])
    const none = shape.slice(0, -4).map(() => 0)
    return padded(emit, whole, step.dtype === "i32" ? "i32" : "f32", [...none, 0, 0], [...none, extents[0] - rows, extents[1] - columns])
  }
  const taps = Array.from({ length: size[0] * size[1] }, (_, i) => laid(emit, step, Math.floor(i / size[1]), i % size[1]))
  return taps.reduce((sum, tap) => emit.node("Add", [sum, tap]))
}

export const windowRows = { unfold, fold } satisfies Partial<Rows<OpName>>
