/**
 * Decides which steps of a program become nodes and from which arguments: what no output needs is left out, several steps are one
 * node where there is one (`pattern.ts`), and a
 * broadcast that the elementwise op behind it does anyway is skipped. Emits nothing.
 */
import type { Shape } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Program, Step } from "../../tensor/program.ts"
import { broadcastShapes, equalShapes } from "../../tensor/shape.ts"
import { patternOf, type Counted } from "./pattern.ts"
import type { Row } from "./row.ts"

/** Ops whose ONNX form broadcasts its arguments to a common shape. */
const broadcasting: ReadonlySet<OpName> = new Set<OpName>([
  "add", "sub", "mul", "div", "pow", "mod", "floor_div", "bit_and", "max", "min", "eq", "lt", "le", "and", "or", "where",
])

/** The arguments of an elementwise step without those broadcasts that do not change the shape of its result. */
const withoutBroadcasts = ({ steps }: Program, step: Step): readonly number[] => {
  const args = [...step.args]
  for (const [i, index] of args.entries()) {
    const source = steps[index]!
    if (source.op !== "broadcast") continue
    const shorter = args.with(i, source.args[0]!)
    const shape = shorter.reduce<Shape>((all, j) => broadcastShapes(all, steps[j]!.shape) ?? all, [])
    if (equalShapes(shape, step.shape)) args[i] = source.args[0]!
  }
  return args
}

/** One step as it will be lowered. */
export interface Planned {
  readonly args: readonly number[]
  /** Its row, if it is not that of its op alone. */
  readonly row?: Row<OpName>
}

const plannedStep = (program: Program, counted: Counted, step: Step): Planned => patternOf(counted, step) ?? { args: argumentsOf(program, step) }

const usesOf = ({ steps, outputs }: Program): readonly number[] => {
  const uses = steps.map(() => 0)
  for (const index of [...steps.flatMap(({ args }) => args), ...Object.values(outputs)]) uses[index]!++
  return uses
}

const argumentsOf = (program: Program, step: Step): readonly number[] => {
  if (step.op === "straight_through" || step.op === "checkpoint") return step.args.slice(0, 1)
  return broadcasting.has(step.op) ? withoutBroadcasts(program, step) : step.args
}

/** How each step is lowered, `undefined` for a step that is not lowered; in the order of the program. */
export const planSteps = (program: Program): readonly (Planned | undefined)[] => {
  const counted: Counted = { steps: program.steps, uses: usesOf(program) }
  const needed = new Set(Object.values(program.outputs))
  const plan = new Array<Planned | undefined>(program.steps.length).fill(undefined)
  for (let i = program.steps.length - 1; i >= 0; i--) {
    if (!needed.has(i)) continue
    const step = program.steps[i]!
    const planned = plannedStep(program, counted, step)
    for (const index of planned.args) needed.add(index)
    plan[i] = planned
  }
  return plan
}
