/**
 * How much memory a program needs at its widest moment, by liveness: what `cost` calls `peakBytes`. Modelled on onnxruntime: values are
 * freed after their last use in `evaluationOrder`; elementwise ops write over an operand that nothing needs any more; views
 * and broadcasts that an elementwise op does anyway are free; inputs and constants stay, and so do outputs once they are there;
 * an output that replaces the input of its name has a buffer beside it all the time (SPEC D2). Not in it: what the process, the
 * runtime and its allocator need for themselves.
 */
import { bytesPerElement, sizeOf, type Shape } from "../base/ndarray.ts"
import { evaluationOrder } from "./evaluation-order.ts"
import { elementwiseRules } from "./infer/elementwise.ts"
import { loopsOf } from "./loop-body.ts"
import type { Program, Step } from "./program.ts"
import { broadcastShapes, equalShapes } from "./shape.ts"
import type { Typed } from "./trace-error.ts"

export const bytesOf = ({ dtype, shape }: Typed): number => sizeOf(shape) * bytesPerElement[dtype]

export const isSource = ({ op }: Step): boolean => op === "input" || op === "constant"

/** The same elements under another shape or name: no device copies them. */
export const isView = ({ op }: Step): boolean => op === "reshape" || op === "stop_gradient" || op === "straight_through" || op === "checkpoint"

const isPointwise = ({ op }: Step): boolean => Object.hasOwn(elementwiseRules, op)

/** `loopBytes`: what one loop needs while it runs, beside its operands and results. */
export const peakMemory = (program: Program, loopBytes: (loop: Extract<Step, { op: "scan" }>) => number): number => {
  const { steps, inputs, outputs } = program
  const bytes = steps.map(bytesOf)
  const at = (i: number): Step => steps[i] as Step
  const owners = ownersOf(program)
  const operands = (i: number): readonly number[] =>
    isView(at(i)) ? [owners[i] as number] : [...new Set(at(i).args.map((arg) => owners[arg] as number))]
  const uses = steps.map(() => 0)
  const order = evaluationOrder(program).filter((i) => !isSource(at(i)))
  for (const i of order) for (const arg of operands(i)) uses[arg] = (uses[arg] as number) + 1

  const kept = new Set(Object.values(outputs).map((i) => owners[i] as number))
  const state = new Set(Object.entries(outputs).flatMap(([name, i]) => (Object.hasOwn(inputs, name) && !isSource(at(i)) ? [owners[i] as number] : [])))
  const isTemporary = (i: number): boolean => !isSource(at(i)) && !kept.has(i)
  const loops = loopsOf(steps)

  let alive = steps.reduce((n, step, i) => n + (isSource(step) || state.has(i) ? (bytes[i] as number) : 0), 0)
  let peak = alive
  for (const i of order) {
    const step = at(i)
    if (owners[i] === i) {
      if (!state.has(i)) alive += bytes[i] as number
      const overwrites = isPointwise(step) && !kept.has(i) && operands(i).some((arg) => uses[arg] === 1 && isTemporary(arg) && bytes[arg] === bytes[i])
      const inside = step.op === "scan" && loops.get(i)?.[0] === i ? loopBytes(step) : 0
      peak = Math.max(peak, alive - (overwrites ? (bytes[i] as number) : 0) + inside)
    }
    for (const arg of operands(i)) {
      uses[arg] = (uses[arg] as number) - 1
      if (uses[arg] === 0 && isTemporary(arg) && arg !== i) alive -= bytes[arg] as number
    }
    if (owners[i] === i && uses[i] === 0 && isTemporary(i)) alive -= bytes[i] as number
  }
  return peak
}

/** Whose memory each step's value lies in: its own, or that of what it is a view of. */
const ownersOf = ({ steps }: Program): readonly number[] => {
  const users = steps.map((): Step[] => [])
  for (const step of steps) for (const arg of step.args) users[arg]?.push(step)
  const owners: number[] = []
  steps.forEach((step, i) => {
    const isFree = isView(step) || (step.op === "broadcast" && (users[i] as Step[]).every((user) => isPointwise(user) && stretches(steps, user, i)))
    owners.push(isFree ? (owners[step.args[0] as number] as number) : i)
  })
  return owners
}

/** Whether an elementwise step has the shape it has also without the broadcast `i`. */
const stretches = (steps: readonly Step[], { args, shape }: Step, i: number): boolean => {
  const shapeOf = (arg: number): Shape => (steps[arg] as Step).shape
  const without = args.map((arg) => shapeOf(arg === i ? ((steps[i] as Step).args[0] as number) : arg))
  return equalShapes(without.reduce<Shape>((all, one) => broadcastShapes(all, one) ?? all, []), shape)
}
