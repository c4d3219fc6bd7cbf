/**
 * Steps that ONNX has one node for where our list has several: found from the last of them, lowered from the arguments of the first.
 * Values stay those of the single steps up to the order of sums.
 */
import { ndarray, sizeOf, type Shape } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Pair } from "../../tensor/op/convolution.ts"
import type { Step } from "../../tensor/program.ts"
import { equalShapes } from "../../tensor/shape.ts"
import { perAxis } from "../../tensor/window.ts"
import { headsTogether } from "./attention.ts"
import { commonFactor } from "./common-factor.ts"
import { convolve } from "./convolution.ts"
import { type Emit, microsoft } from "./emit.ts"
import type { StepOf } from "./matching.ts"
import { geluOf, layerNormalisation, meanOf } from "./normalisation.ts"
import { relabelling } from "./relabel.ts"
import { replacedPlace } from "./replaced-place.ts"
import { rotated } from "./rotation.ts"
import { arg, type Row } from "./row.ts"
import { spreadDifference } from "./spread.ts"

export interface Pattern {
  /** The steps it reads. */
  readonly args: readonly number[]
  readonly row: Row<OpName>
}

/** The steps of a program, and how often each is read or given back. */
export interface Counted {
  readonly steps: readonly Step[]
  readonly uses: readonly number[]
}

/** `standard`: only patterns that are operators of the ONNX standard as it was at `opset`. */
export const patternOf = (program: Counted, step: Step, { standard, provider }: Pick<Emit, "standard" | "provider">): Pattern | undefined => {
  switch (step.op) {
    case "reduce_max":
      return pooling(program, step)
    case "reduce_sum":
      return pooling(program, step) ?? (standard ? undefined : dots(program, step)) ?? columnSums(program, step)
    case "add":
      return layerNormalisation(program, step) ?? biased(program, step) ?? (standard ? undefined : rotated(program, step)) ?? commonFactor(program, step)
    case "sub":
      return biased(program, step) ?? spreadDifference(program, step)
    case "mul":
      return geluOf(program, step) ?? meanOf(program, step)
    case "transpose":
      return (standard || provider !== "cpu" ? undefined : headsTogether(program, step)) ?? relabelling(program, step)
    case "reshape":
      return relabelling(program, step)
    case "where":
      return replacedPlace(program, step)
    default:
      return undefined
  }
}

/** The image under the windows, and what `pad` puts around its last two axes; nothing where it does something else. */
const padding = (steps: readonly Step[], image: number, value: number): { readonly source: number; readonly low: Pair; readonly high: Pair } | undefined => {
  const step = steps[image]!
  if (step.op !== "pad") return { source: image, low: [0, 0], high: [0, 0] }
  const { low, high } = step.attrs
  const atEnd = (by: readonly number[]): Pair => perAxis((i) => by[by.length - 2 + i]!)
  const onlyThere = [...low.slice(0, -2), ...high.slice(0, -2)].every((n) => n === 0)
  return onlyThere && step.attrs.value === value ? { source: step.args[0]!, low: atEnd(low), high: atEnd(high) } : undefined
}

/** The largest or the sum under each window: `MaxPool`, and `AveragePool` times what it divides by. No window is written out. */
const pooling = ({ steps }: Counted, step: StepOf<"reduce_max" | "reduce_sum">): Pattern | undefined => {
  const unfold = steps[step.args[0]!]!
  const { axes } = step.attrs
  const rank = unfold.shape.length
  if (unfold.op !== "unfold" || unfold.dtype !== "f32" || !equalShapes(axes, [rank - 2, rank - 1])) return undefined
  const largest = step.op === "reduce_max"
  const { size, strides, dilations } = unfold.attrs
  const around = padding(steps, unfold.args[0]!, largest ? -Infinity : 0)
  const within = around !== undefined && [...around.low, ...around.high].every((n, i) => n < size[i % 2]!)
  const { source, low, high } = within ? around : { source: unfold.args[0]!, low: [0, 0], high: [0, 0] }
  return {
    args: [source],
    row: (emit, lowered) => {
      const { name, shape } = arg(lowered, 0)
      const four = [1, sizeOf(shape.slice(0, -2)), ...shape.slice(-2)]
      const walk = { kernel_shape: size, strides, dilations, pads: [...low, ...high] }
      const image = emit.reshape(name, four)
      if (largest) return emit.reshape(emit.node("MaxPool", [image], walk), lowered.shape)
      const means = emit.node("AveragePool", [image], { ...walk, count_include_pad: 1 })
      return emit.reshape(emit.node("Mul", [means, emit.scalar("f32", size[0] * size[1])]), lowered.shape)
    },
  }
}

/**
 * Sums of products over more than the last axis, as in batch norm: as products of rows and columns, which write no product out. A sum
 * over the last axis alone stays as it is, many rows being short.
 */
const dots = ({ steps, uses }: Counted, step: StepOf<"reduce_sum">): Pattern | undefined => {
  const product = steps[step.args[0]!]!
  const { axes } = step.attrs
  const { shape } = product
  if (product.op !== "mul" || product.dtype !== "f32" || uses[step.args[0]!]! > 1) return undefined
  if (!product.args.every((index) => equalShapes(steps[index]!.shape, shape))) return undefined
  const from = shape.findIndex((_, axis) => shape.slice(axis).every((__, i) => axes.includes(axis + i)))
  if (from < 0 || axes.length < 2) return undefined
  const front = shape.slice(0, from)
  const length = sizeOf(shape.slice(from))
  return {
    args: product.args,
    row: (emit, lowered) => {
      const rows = lowered.args.map(({ name }) => emit.reshape(name, [...front, 1, length]))
      const sums = emit.reshape(emit.node("FusedMatMul", rows, { transB: 1 }, microsoft), front)
      const rest = axes.filter((axis) => axis < from)
      const whole = rest.length === 0 ? sums : emit.node("ReduceSum", [sums, emit.int64(rest)], { keepdims: 0 })
      return emit.reshape(whole, lowered.shape)
    },
  }
}

/** Sums over leading axes of many rows, as the product of a row of ones with them: twice as fast as `ReduceSum` goes down columns. */
const columnSums = ({ steps }: Counted, step: StepOf<"reduce_sum">): Pattern | undefined => {
  const { shape, dtype } = steps[step.args[0]!]!
  const { axes } = step.attrs
  const [rows, columns] = [sizeOf(shape.slice(0, axes.length)), sizeOf(shape.slice(axes.length))]
  if (dtype !== "f32" || !axes.every((axis, i) => axis === i) || Math.min(rows, columns) < fewest || rows > most) return undefined
  return {
    args: step.args,
    row: (emit, lowered) => {
      const ones = emit.constant(ndarray("f32", [1, rows], new Float32Array(rows).fill(1)))
      return emit.reshape(emit.node("MatMul", [ones, emit.reshape(arg(lowered, 0).name, [rows, columns])]), lowered.shape)
    },
  }
}

/** Fewer rows or columns are not worth it; for more rows the ones would be a literal of weight. */
const [fewest, most] = [32, 65536]

/** A number for each channel added to a convolution, or taken from it: the bias of `Conv`. */
const biased = ({ steps, uses }: Counted, step: StepOf<"add" | "sub">): Pattern | undefined => {
  const [a, b] = step.args as readonly [number, number]
  const [product, bias] = steps[a]!.op === "conv2d" || step.op === "sub" ? [a, b] : [b, a]
  const conv = steps[product]!
  if (conv.op !== "conv2d" || uses[product]! > 1 || !equalShapes(conv.shape, step.shape) || !isChannels(steps[bias]!.shape, conv.shape)) return undefined
  const { attrs } = conv
  return {
    args: [...conv.args, bias],
    row: (emit, lowered) => {
      const flat = emit.reshape(arg(lowered, 2).name, [conv.shape[1]!])
      return convolve(emit, arg(lowered, 0), arg(lowered, 1), attrs, step.op === "sub" ? emit.node("Neg", [flat]) : flat)
    },
  }
}

/** One number a channel, as it broadcasts against [N, O, H, W]. */
const isChannels = (shape: Shape, [, channels]: Shape): boolean =>
  shape.length >= 3 && shape.length <= 4 && equalShapes(shape.slice(-3), [channels!, 1, 1]) && (shape.length === 3 || shape[0] === 1)
