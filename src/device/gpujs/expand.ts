/**
 * Rewrites a program into the ops that kernels are written for: softmax becomes maximum, exponential, sum and
 * quotient (so that fusion sees its parts), top-k what `order.ts` says, long sums and scans become two shorter ones
 * (parallel, and with less rounding), the rest stays. Equal steps are made once.
 */
import { type Dtype, scalar, type Shape, sizeOf } from "../../base/ndarray.ts"
import { must } from "../../base/assert.ts"
import type { OpAttrs, OpName } from "../../tensor/op.ts"
import type { Program, Step } from "../../tensor/program.ts"
import { expandConvolution } from "./convolution.ts"
import { type Dialect, maxKernelArguments } from "./dialect.ts"
import { layOut } from "./operands.ts"
import { expandTopK } from "./order.ts"
import { expandFold } from "./window.ts"

export interface Expanded {
  readonly steps: readonly Step[]
  /** Step of the program -> step here with its value. */
  readonly at: readonly number[]
  /** Steps here that get a buffer of their own, however cheap they are. */
  readonly kept: ReadonlySet<number>
}

/** A sum over at least this many elements is done in two stages: more threads, and rounding that does not grow with the length. */
const longSum = 2048
/** Turns from which on a reduction in lanes is worth the step that ends it. */
const leastFolded = 8
/** A scan over more than this is done block by block. */
const longScan = 64

/** JSON has no infinities; as text they stay apart. */
const exactly = (_: string, value: unknown): unknown => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value)

/** `shape` with another extent along `axis`. */
const along = (shape: Shape, axis: number, extent: number): Shape => shape.map((e, i) => (i === axis ? extent : e))

/** The divisor of `n` nearest its square root from below, unless all are far from it. */
const divisorOf = (n: number): number | undefined => {
  const root = Math.floor(Math.sqrt(n))
  for (let divisor = root; divisor * 4 >= root; divisor--) if (n % divisor === 0) return divisor
  return undefined
}

export class Expander {
  readonly #dialect: Dialect
  readonly steps: Step[] = []
  readonly kept = new Set<number>()
  readonly #known = new Map<string, number>()

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  push(step: Step): number {
    // Steps of loops have been told apart already.
    const single = step.op === "constant" || step.op === "scan"
    const key = single ? undefined : JSON.stringify([step.op, step.args, step.attrs, step.shape, step.dtype], exactly)
    const known = key === undefined ? undefined : this.#known.get(key)
    if (known !== undefined) return known
    const index = this.steps.push(step) - 1
    if (key !== undefined) this.#known.set(key, index)
    return index
  }

  make<Op extends OpName>(op: Op, args: readonly number[], attrs: OpAttrs[Op], shape: Shape, dtype: Dtype = "f32"): number {
    return this.push({ op, args, attrs, shape, dtype } as unknown as Step)
  }

  shape(index: number): Shape {
    return must(this.steps[index], "step").shape
  }

  reshape(arg: number, shape: Shape): number {
    return this.make("reshape", [arg], { shape }, shape, must(this.steps[arg], "step").dtype)
  }

  transpose(arg: number, permutation: readonly number[]): number {
    const { shape, dtype } = must(this.steps[arg], "step")
    return this.make("transpose", [arg], { permutation }, permutation.map((axis) => must(shape[axis], "axis")), dtype)
  }

  lengthen(arg: number, extent: number): number {
    const { shape, dtype } = must(this.steps[arg], "step")
    const none = shape.map(() => 0)
    const high = along(none, shape.length - 1, extent - must(shape.at(-1), "extent"))
    return this.make("pad", [arg], { low: none, high, value: 0 }, along(shape, shape.length - 1, extent), dtype)
  }

  shorten(arg: number, extent: number): number {
    const { shape, dtype } = must(this.steps[arg], "step")
    const ends = along(shape, shape.length - 1, extent)
    return this.make("slice", [arg], { starts: shape.map(() => 0), ends, steps: shape.map(() => 1) }, ends, dtype)
  }

  keep(index: number): number {
    this.kept.add(index)
    return index
  }

  matmul(step: Extract<Step, { op: "matmul" }>, left: number, right: number, dialect: Dialect): number {
    const { a, b, ...attrs } = layOut(this, step, left, right, dialect)
    return this.make("matmul", [a, b], attrs, step.shape, step.dtype)
  }

  softmax(x: number, axis: number, shape: Shape, log: boolean): number {
    const kept = shape.map((extent, i) => (i === axis ? 1 : extent))
    const peak = this.fold("reduce_max", x, { axes: [axis], keepDims: true }, kept, "f32")
    const moved = this.make("sub", [x, peak], {}, shape)
    const raised = this.make("exp", [moved], {}, shape)
    const total = this.sum(raised, { axes: [axis], keepDims: true }, kept, "f32")
    if (!log) return this.make("div", [raised, total], {}, shape)
    return this.make("sub", [moved, this.make("log", [total], {}, kept)], {}, shape)
  }

  /** Concatenates a few at a time: a kernel binds a limited number of buffers. */
  concat(args: readonly number[], axis: number, shape: Shape, dtype: Dtype): number {
    if (args.length <= maxKernelArguments) return this.make("concat", args, { axis }, shape, dtype)
    const parts: number[] = []
    for (let i = 0; i < args.length; i += maxKernelArguments) {
      const few = args.slice(i, i + maxKernelArguments)
      const extent = few.reduce((n, arg) => n + must(this.shape(arg)[axis], "axis"), 0)
      const joined = shape.map((e, d) => (d === axis ? extent : e))
      parts.push(few.length === 1 ? must(few[0], "part") : this.make("concat", few, { axis }, joined, dtype))
    }
    return this.concat(parts, axis, shape, dtype)
  }

  /** A sum over long axes: axis by axis from the last, each in blocks. */
  /**
   * A reduction. Where cells are lanes of a vector, one over the last axis first reduces every fourth element to four numbers, so
   * that neighbouring lanes read neighbours, and then those.
   */
  fold(op: "reduce_sum" | "reduce_max", x: number, attrs: OpAttrs["reduce_sum"], to: Shape, dtype: Dtype): number {
    const from = this.shape(x)
    const { lanes } = this.#dialect
    const extent = from.at(-1) ?? 1
    const isLast = attrs.axes.length === 1 && attrs.axes[0] === from.length - 1
    if (lanes === 1 || !isLast || extent % lanes > 0 || extent < leastFolded * lanes) return this.make(op, [x], attrs, to, dtype)
    const outer = from.slice(0, -1)
    const four = [...outer, lanes]
    const folded = this.make(op, [this.reshape(x, [...outer, extent / lanes, lanes])], { axes: [outer.length], keepDims: false }, four, dtype)
    const one = [...outer, 1]
    const parts = Array.from({ length: lanes }, (_, lane) => {
      const starts = four.map((_extent, axis) => (axis === outer.length ? lane : 0))
      const ends = four.map((e, axis) => (axis === outer.length ? lane + 1 : e))
      return this.make("slice", [folded], { starts, ends, steps: four.map(() => 1) }, one, dtype)
    })
    const combine = op === "reduce_sum" ? "add" : "max"
    const whole = parts.reduce((a, b) => this.make(combine, [a, b], {}, one, dtype))
    return this.reshape(whole, to)
  }

  sum(x: number, attrs: OpAttrs["reduce_sum"], to: Shape, dtype: Dtype): number {
    const from = this.shape(x)
    const count = attrs.axes.reduce((n, axis) => n * must(from[axis], "axis"), 1)
    if (count < longSum) return this.fold("reduce_sum", x, attrs, to, dtype)
    const last = must(attrs.axes.at(-1), "axis")
    const others = attrs.axes.slice(0, -1)
    const kept = along(from, last, 1)
    if (others.length > 0) {
      const inner = this.sum(x, { axes: [last], keepDims: true }, kept, dtype)
      return this.reshape(this.sum(inner, { axes: others, keepDims: true }, kept.map((e, i) => (others.includes(i) ? 1 : e)), dtype), to)
    }
    const blocks = this.blocks(x, last, dtype)
    const parts = this.sum(blocks, { axes: [last + 1], keepDims: true }, along(this.shape(blocks), last + 1, 1), dtype)
    return this.reshape(this.sum(parts, { axes: [last], keepDims: true }, along(this.shape(parts), last, 1), dtype), to)
  }

  /** A scan of each block, plus the total of the blocks before it. */
  scan(x: number, attrs: OpAttrs["cumsum"], dtype: Dtype): number {
    const { axis } = attrs
    const shape = this.shape(x)
    const extent = must(shape[axis], "axis")
    if (extent <= longScan) return this.make("cumsum", [x], attrs, shape, dtype)
    const blocks = this.blocks(x, axis, dtype)
    const split = this.shape(blocks)
    const inner = this.make("cumsum", [blocks], { ...attrs, axis: axis + 1 }, split, dtype)
    const totals = this.sum(blocks, { axes: [axis + 1], keepDims: true }, along(split, axis + 1, 1), dtype)
    const before = this.scan(totals, { ...attrs, exclusive: true }, dtype)
    const whole = along(shape, axis, must(split[axis], "blocks") * must(split[axis + 1], "width"))
    const joined = this.reshape(this.make("add", [inner, before], {}, split, dtype), whole)
    if (whole[axis] === extent) return joined
    return this.make("slice", [joined], { starts: shape.map(() => 0), ends: shape, steps: shape.map(() => 1) }, shape, dtype)
  }

  /** Padding by an infinity that kernels cannot write: read from a buffer wherever a padded one is 0. */
  padInfinite(x: number, { attrs, shape }: Extract<Step, { readonly op: "pad" }>): number {
    const scalarOf = (value: number): number => this.make("constant", [], { value: scalar("f32", value) }, [])
    const finite = { ...attrs, value: 0 }
    const ones = this.make("broadcast", [scalarOf(1)], { shape: this.shape(x) }, this.shape(x))
    const inside = this.make("eq", [this.make("pad", [ones], finite, shape), scalarOf(1)], {}, shape, "bool")
    return this.make("where", [inside, this.make("pad", [x], finite, shape), scalarOf(attrs.value)], {}, shape)
  }

  /** `axis` split in two, blocks of about the square root of its extent; zeros fill up the last block. */
  blocks(x: number, axis: number, dtype: Dtype): number {
    const shape = this.shape(x)
    const extent = must(shape[axis], "axis")
    const width = divisorOf(extent) ?? Math.ceil(Math.sqrt(extent))
    const count = Math.ceil(extent / width)
    const none = shape.map(() => 0)
    const whole = along(shape, axis, count * width)
    const spare = count * width - extent
    const padded = spare === 0 ? x : this.make("pad", [x], { low: none, high: along(none, axis, spare), value: 0 }, whole, dtype)
    return this.reshape(padded, shape.flatMap((e, i) => (i === axis ? [count, width] : [e])))
  }
}

export const expand = (program: Program, dialect: Dialect): Expanded => {
  const out = new Expander(dialect)
  const at: number[] = []
  const arg = (step: Step, i: number): number => must(at[must(step.args[i], "argument")], "argument step")
  const args = (step: Step): readonly number[] => step.args.map((_, i) => arg(step, i))
  for (const step of program.steps) {
    if (step.op === "softmax") at.push(out.softmax(arg(step, 0), step.attrs.axis, step.shape, false))
    else if (step.op === "log_softmax") at.push(out.softmax(arg(step, 0), step.attrs.axis, step.shape, true))
    else if (step.op === "reduce_sum") at.push(out.sum(arg(step, 0), step.attrs, step.shape, step.dtype))
    else if (step.op === "reduce_max") at.push(out.fold("reduce_max", arg(step, 0), step.attrs, step.shape, step.dtype))
    else if (step.op === "cumsum") at.push(out.scan(arg(step, 0), step.attrs, step.dtype))
    else if (step.op === "top_k") at.push(sizeOf(step.shape) === 0 ? out.make("iota", [], { shape: step.shape, axis: 0 }, step.shape, "i32") : expandTopK(out, arg(step, 0), step.attrs))
    else if (step.op === "matmul" && sizeOf(step.shape) > 0) at.push(out.matmul(step, arg(step, 0), arg(step, 1), dialect))
    else if (step.op === "concat") at.push(out.concat(args(step), step.attrs.axis, step.shape, step.dtype))
    else if (step.op === "straight_through") at.push(arg(step, 0))
    else if (step.op === "pad" && !dialect.infinities && !Number.isFinite(step.attrs.value)) at.push(out.padInfinite(arg(step, 0), step))
    else if (step.op === "fold") at.push(expandFold(out, step, arg(step, 0)))
    else if (step.op === "conv2d" || step.op === "conv2d_input_gradient" || step.op === "conv2d_filter_gradient")
      at.push(expandConvolution(out, step, arg(step, 0), arg(step, 1)))
    else if (step.op === "checkpoint") at.push(arg(step, 0))
    // Kernels run in the order of the steps, so what waits is already in its place; it only must not be taken for its operand.
    else if (step.op === "after") at.push(out.make("stop_gradient", [arg(step, 0)], {}, step.shape, step.dtype))
    else at.push(out.push({ ...step, args: args(step) } as Step))
  }
  return { steps: out.steps, at, kept: out.kept }
}
