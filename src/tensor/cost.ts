/**
 * What a program costs by its shapes alone, before any device: a figure for choosing and explaining, not a prediction of
 * time.
 */
import { bytesPerElement, sizeOf, type Shape } from "../base/ndarray.ts"
import { loopKey, loopsOf, type LoopStep } from "./loop-body.ts"
import type { Program, Step } from "./program.ts"
import type { Typed } from "./trace-error.ts"

export interface Cost {
  /** Arithmetic operations: two a multiply-add, one an element of any other computing op; those of a loop once an iteration. */
  readonly flops: number
  /** Bytes that all steps read and write, if none are fused. */
  readonly bytesMoved: number
  /** Largest sum of values alive at once, if each is freed after its last use; inputs, constants and outputs stay. */
  readonly peakBytes: number
}

export const cost = ({ steps, outputs }: Program): Cost => {
  const lastUse = steps.map((step, i) => (isSource(step) ? steps.length : i))
  steps.forEach((step, i) => step.args.forEach((arg) => (lastUse[arg] = Math.max(lastUse[arg] as number, i))))
  for (const index of Object.values(outputs)) lastUse[index] = steps.length
  // What a view looks at lives as long as the view.
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i] as Step
    const [viewed] = isView(step) ? step.args : []
    if (viewed !== undefined) lastUse[viewed] = Math.max(lastUse[viewed] as number, lastUse[i] as number)
  }
  const dying = steps.map((): number[] => [])
  lastUse.forEach((at, i) => dying[at]?.push(i))

  const loops = loopsOf(steps)
  let [flops, bytesMoved, alive] = [0, 0, steps.filter(isSource).reduce((n, step) => n + bytes(step), 0)]
  let peakBytes = alive
  steps.forEach((step, i) => {
    const args = step.args.map((arg) => steps[arg] as Step)
    flops += flopsOf(step, args)
    if (step.op === "scan") {
      const results = loops.get(loopKey(step.attrs, step.args)) as readonly number[]
      if (results[0] === i) {
        const once = iterationCost(step)
        flops += step.attrs.length * once.flops
        bytesMoved += step.attrs.length * once.bytesMoved
        alive += results.reduce((n, result) => n + bytes(steps[result] as Step), 0)
        peakBytes = Math.max(peakBytes, alive + once.peakBytes)
      }
    } else if (!isSource(step) && !isView(step)) {
      bytesMoved += bytes(step) + args.reduce((n, arg) => n + bytes(arg), 0)
      alive += bytes(step)
    }
    peakBytes = Math.max(peakBytes, alive)
    for (const dead of dying[i] ?? []) alive -= isView(steps[dead] as Step) ? 0 : bytes(steps[dead] as Step)
  })
  return { flops, bytesMoved, peakBytes }
}

/** One iteration: of what is alive in it, slices and constants are there already. */
const iterationCost = ({ attrs: { body } }: LoopStep): Cost => {
  const once = cost(body)
  const given = Object.entries(body.inputs).filter(([name]) => !name.startsWith("carry"))
  return { ...once, peakBytes: once.peakBytes - given.reduce((n, [, index]) => n + bytes(body.steps[index] as Step), 0) }
}

const bytes = ({ dtype, shape }: Typed): number => sizeOf(shape) * bytesPerElement[dtype]

const isSource = ({ op }: Step): boolean => op === "input" || op === "constant"
/** The same elements under another shape: no device needs to copy them. */
const isView = ({ op }: Step): boolean => op === "reshape" || op === "stop_gradient" || op === "checkpoint"

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
