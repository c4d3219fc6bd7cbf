/**
 * What a program costs by its shapes alone, before any device: a figure for choosing and explaining, not a prediction of
 * time.
 */
import { sizeOf, type Shape } from "../base/ndarray.ts"
import { loopsOf, type LoopStep } from "./loop-body.ts"
import { bytesOf, isView, peakMemory } from "./peak-memory.ts"
import { isSource, type Program, type Step } from "./program.ts"
import type { Typed } from "./trace-error.ts"

export interface Cost {
  /** Arithmetic operations: two a multiply-add, one an element of any other computing op; those of a loop once an iteration. */
  readonly flops: number
  /** Bytes that all steps read and write, if none are fused. */
  readonly bytesMoved: number
  /** Largest sum of values alive at once, as `peak-memory.ts` counts them. */
  readonly peakBytes: number
}

export const cost = (program: Program): Cost => ({ ...work(program), peakBytes: peakMemory(program, iterationPeak) })

/** `cost` without its peak, which takes ten times as long to find as the rest. */
export const work = ({ steps }: Program): Pick<Cost, "flops" | "bytesMoved"> => {
  const loops = loopsOf(steps)
  let [flops, bytesMoved] = [0, 0]
  steps.forEach((step, i) => {
    const args = step.args.map((arg) => steps[arg] as Step)
    flops += flopsOf(step, args)
    if (step.op === "scan") {
      if (loops.get(i)?.[0] !== i) return
      const once = work(step.attrs.body)
      flops += step.attrs.length * once.flops
      bytesMoved += step.attrs.length * once.bytesMoved
    } else if (!isSource(step) && !isView(step)) {
      bytesMoved += bytesOf(step) + args.reduce((n, arg) => n + bytesOf(arg), 0)
    }
  })
  return { flops, bytesMoved }
}

/** Of one iteration: slices and constants are there already. */
const iterationPeak = ({ attrs: { body } }: LoopStep): number => {
  const given = Object.entries(body.inputs).filter(([name]) => !name.startsWith("carry"))
  return cost(body).peakBytes - given.reduce((n, [, index]) => n + bytesOf(body.steps[index] as Step), 0)
}

const moving: ReadonlySet<Step["op"]> = new Set<Step["op"]>([
  "input",
  "constant",
  "iota",
  "reshape",
  "transpose",
  "broadcast",
  "slice",
  "pad",
  "concat",
  "unfold",
  "gather",
  "take_along",
  "stop_gradient",
  "straight_through",
  "scan",
  "after",
  "checkpoint",
])

/** Of one word: ten rounds make four words with twenty products, as many halvings and mixtures. */
const philoxOperations = 25

const flopsOf = (step: Step, args: readonly Typed[]): number => {
  if (moving.has(step.op)) return 0
  const size = sizeOf(step.shape)
  if (step.op === "random_bits") return philoxOperations * size
  if (step.op === "matmul") return 2 * size * (args[0]?.shape.at(step.attrs.transposeA ? -2 : -1) as number)
  const image = convolved(step, args)
  if (image !== undefined) return 2 * sizeOf(image.places) * sizeOf(image.filter.slice(1))
  return Math.max(size, ...args.map((arg) => sizeOf(arg.shape)))
}

/** The result of a convolution and its filter, from whichever of its three forms. */
const convolved = ({ op, shape }: Step, [a, b]: readonly Typed[]): { readonly places: Shape; readonly filter: Shape } | undefined => {
  if (a === undefined || b === undefined) return undefined
  if (op === "conv2d") return { places: shape, filter: b.shape }
  if (op === "conv2d_input_gradient") return { places: a.shape, filter: b.shape }
  return op === "conv2d_filter_gradient" ? { places: b.shape, filter: shape } : undefined
}
