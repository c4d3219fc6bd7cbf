/**
 * Rewrites a program into the ops that kernels are written for: softmax becomes maximum, exponential, sum and
 * quotient (so that fusion sees its parts), long sums and scans become two shorter ones (parallel, and with less
 * rounding), the rest stays. Equal steps are made once.
 */
import type { Dtype, Shape } from "../../base/ndarray.ts"
import { sizeOf } from "../../base/ndarray.ts"
import { must } from "../../base/assert.ts"
import type { OpAttrs, OpName } from "../../tensor/op.ts"
import type { Program, Step } from "../../tensor/program.ts"
import { maxKernelArguments } from "./dialect.ts"

export interface Expanded {
  readonly steps: readonly Step[]
  /** Step of the program -> step here with its value. */
  readonly at: readonly number[]
}

/** A sum over at least this many elements into few results is done in two stages. */
const longSum = 2048
const fewResults = 2048
/** A scan over more than this is done block by block. */
const longScan = 64

/** The divisor of `n` nearest the square root from below, or 1 when that is too small to be worth a stage. */
const stageOf = (n: number): number => {
  let divisor = Math.floor(Math.sqrt(n))
  while (divisor > 1 && n % divisor !== 0) divisor--
  return divisor >= 8 ? divisor : 1
}

/** JSON has no infinities; as text they stay apart. */
const exactly = (_: string, value: unknown): unknown => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value)

class Expander {
  readonly steps: Step[] = []
  readonly #known = new Map<string, number>()

  push(step: Step): number {
    const key = step.op === "constant" ? undefined : JSON.stringify([step.op, step.args, step.attrs, step.shape, step.dtype], exactly)
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

  softmax(x: number, axis: number, shape: Shape, log: boolean): number {
    const kept = shape.map((extent, i) => (i === axis ? 1 : extent))
    const peak = this.make("reduce_max", [x], { axes: [axis], keepDims: true }, kept)
    const moved = this.make("sub", [x, peak], {}, shape)
    const raised = this.make("exp", [moved], {}, shape)
    const total = this.sum(raised, { axes: [axis], keepDims: true }, shape, kept, "f32")
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

  sum(x: number, attrs: OpAttrs["reduce_sum"], from: Shape, to: Shape, dtype: Dtype): number {
    const extent = (axis: number): number => from[axis] ?? 1
    const count = attrs.axes.reduce((n, axis) => n * extent(axis), 1)
    const longest = attrs.axes.reduce((best, axis) => (extent(axis) > extent(best) ? axis : best), attrs.axes[0] ?? 0)
    const stage = count >= longSum && sizeOf(to) <= fewResults ? stageOf(extent(longest)) : 1
    if (stage === 1) return this.make("reduce_sum", [x], attrs, to, dtype)
    const split = from.flatMap((e, axis) => (axis === longest ? [e / stage, stage] : [e]))
    const first = attrs.axes.map((axis) => (axis > longest ? axis + 1 : axis))
    const parts = split.map((e, axis) => (first.includes(axis) ? 1 : e))
    const partial = this.make("reduce_sum", [this.reshape(x, split)], { axes: first, keepDims: true }, parts, dtype)
    const whole = parts.map((e, axis) => (axis === longest + 1 ? 1 : e))
    return this.reshape(this.make("reduce_sum", [partial], { axes: [longest + 1], keepDims: true }, whole, dtype), to)
  }

  /** Blocks of `width`: a scan inside each, plus the total of the blocks before it. */
  scan(x: number, axis: number, shape: Shape): number {
    const extent = must(shape[axis], "axis")
    if (extent <= longScan) return this.make("cumsum", [x], { axis }, shape)
    const width = Math.ceil(Math.sqrt(extent))
    const blocks = Math.ceil(extent / width)
    const spare = blocks * width - extent
    const none = shape.map(() => 0)
    const along = (value: number, others: Shape): Shape => others.map((e, i) => (i === axis ? value : e))
    const split = (last: number): Shape => shape.flatMap((e, i) => (i === axis ? [blocks, last] : [e]))
    const whole = along(blocks * width, shape)

    const padded = spare === 0 ? x : this.make("pad", [x], { low: none, high: along(spare, none), value: 0 }, whole)
    const inner = this.make("cumsum", [this.reshape(padded, split(width))], { axis: axis + 1 }, split(width))
    const lasts = split(1).map((_, i) => (i === axis + 1 ? width - 1 : 0))
    const totals = this.make("slice", [inner], { starts: lasts, ends: split(width), steps: lasts.map(() => 1) }, split(1))
    const before = this.make("sub", [this.scan(totals, axis, split(1)), totals], {}, split(1))
    const joined = this.reshape(this.make("add", [inner, before], {}, split(width)), whole)
    return spare === 0 ? joined : this.make("slice", [joined], { starts: none, ends: shape, steps: shape.map(() => 1) }, shape)
  }
}

export const expand = (program: Program): Expanded => {
  const out = new Expander()
  const at: number[] = []
  const arg = (step: Step, i: number): number => must(at[must(step.args[i], "argument")], "argument step")
  const args = (step: Step): readonly number[] => step.args.map((_, i) => arg(step, i))
  for (const step of program.steps) {
    if (step.op === "softmax") at.push(out.softmax(arg(step, 0), step.attrs.axis, step.shape, false))
    else if (step.op === "log_softmax") at.push(out.softmax(arg(step, 0), step.attrs.axis, step.shape, true))
    else if (step.op === "reduce_sum") at.push(out.sum(arg(step, 0), step.attrs, out.shape(arg(step, 0)), step.shape, step.dtype))
    else if (step.op === "cumsum") at.push(out.scan(arg(step, 0), step.attrs.axis, step.shape))
    else if (step.op === "concat") at.push(out.concat(args(step), step.attrs.axis, step.shape, step.dtype))
    else at.push(out.push({ ...step, args: args(step) } as Step))
  }
  return { steps: out.steps, at }
}
