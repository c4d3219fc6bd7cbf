/**
 * What evaluating a step costs, in units of one f32 operation. Rough, and only ever compared with each other: they
 * decide whether a value is worth a kernel and a buffer of its own.
 */
import { must } from "../../base/assert.ts"
import { isHalf } from "../../base/half.ts"
import { sizeOf } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Step } from "../../tensor/program.ts"

/** Reading one element of a buffer. */
export const loadCost = 4
/** An element's share of what is computed or read once for its row. */
const rowCost = 1
/** Shared values count once a use, so costs could grow exponentially along a program: beyond this they are all too much. */
const largestCost = 1e6
/** Running one more kernel. */
export const kernelCost = 3000

const operation: Readonly<Record<OpName, number>> = {
  input: 0, constant: 0, iota: 1,
  neg: 1, abs: 1, sign: 2, exp: 40, log: 40, sqrt: 3, reciprocal: 3, sin: 40, cos: 40, tanh: 40, erf: 20, expm1: 40, log1p: 40, atan: 40,
  floor: 1, round: 8,
  add: 1, sub: 1, mul: 1, div: 3, pow: 60, mod: 80, floor_div: 100, bit_and: 3, max: 1, min: 1,
  eq: 2, lt: 2, le: 2, and: 1, or: 1, not: 1, where: 2, cast: 1,
  matmul: 2, reduce_sum: 1, reduce_max: 1, argmax: 2, top_k: 0, cumsum: 1, softmax: 60, log_softmax: 60,
  conv2d: 2, conv2d_input_gradient: 2, conv2d_filter_gradient: 2,
  random_bits: 500,
  unfold: 0, fold: 1,
  reshape: 0, transpose: 0, broadcast: 0, slice: 0, pad: 3, concat: 3,
  gather: 3, scatter_add: 3, scatter_max: 3, take_along: 3, put_along: 3, stop_gradient: 0, straight_through: 0, scan: 0,
  after: 0, checkpoint: 0,
}

/** Elements of its first argument's axis (or axes) that one element of a looping step reads; 1 for the others. */
export const loopLength = (step: Step, steps: readonly Step[]): number => {
  const shape = (i: number): readonly number[] => must(steps[must(step.args[i], "argument")], "argument step").shape
  switch (step.op) {
    case "reduce_sum":
    case "reduce_max":
      return step.attrs.axes.reduce((n, axis) => n * must(shape(0)[axis], "axis"), 1)
    case "argmax":
    case "cumsum":
    case "put_along":
      return must(shape(0)[step.attrs.axis], "axis")
    case "scatter_add":
    case "scatter_max":
      return sizeOf(shape(0))
    case "matmul":
      return must(shape(0).at(step.attrs.transposeA ? -2 : -1), "inner extent")
    case "conv2d":
      return sizeOf(must(steps[must(step.args[1], "argument")], "argument step").shape.slice(1))
    case "conv2d_filter_gradient": {
      const dy = must(steps[must(step.args[1], "argument")], "argument step").shape
      return sizeOf(dy) / must(dy[1], "channels")
    }
    default:
      return 1
  }
}

const looping: ReadonlySet<OpName> = new Set<OpName>(["matmul", "reduce_sum", "reduce_max", "argmax", "cumsum", "scatter_add", "scatter_max", "put_along", "conv2d", "conv2d_filter_gradient", "random_bits"])

/** Steps that run a loop for each of their elements: never recomputed. */
export const isLooping = (step: Step): boolean => looping.has(step.op)

/** Casts that round to 16 bits do so by many small steps. */
const operationCost = (step: Step): number => (step.op === "cast" && isHalf(step.attrs.to) ? 30 : operation[step.op])

/** Cost of one element when everything but loops and buffers, those of `kept` steps among them, is computed on the spot. */
export const pointCosts = (steps: readonly Step[], kept: ReadonlySet<number>): readonly number[] => {
  const costs: number[] = []
  /** A number of a whole row is there once for all its elements. */
  const costIn = (step: Step, arg: number): number => {
    const cost = must(costs[arg], "cost")
    return steps[arg]!.shape.at(-1) === 1 && step.shape.at(-1) !== 1 ? Math.min(cost, rowCost) : cost
  }
  for (const step of steps) {
    if (isLooping(step) || step.op === "input" || step.op === "scan" || kept.has(costs.length)) costs.push(loadCost)
    else if (step.op === "constant") costs.push(sizeOf(step.shape) === 1 ? 0 : loadCost)
    else costs.push(Math.min(step.args.reduce((sum, arg) => sum + costIn(step, arg), operationCost(step)), largestCost))
  }
  return costs
}
