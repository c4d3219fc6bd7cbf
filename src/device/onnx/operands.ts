/** What an elementwise step reads: the broadcasts that ONNX does anyway are skipped. */
import type { Shape } from "../../base/ndarray.ts"
import type { OpName } from "../../tensor/op.ts"
import type { Step } from "../../tensor/program.ts"
import { broadcastShapes, equalShapes } from "../../tensor/shape.ts"

/** Ops whose ONNX form broadcasts its arguments to a common shape. */
const broadcasting: ReadonlySet<OpName> = new Set<OpName>([
  "add", "sub", "mul", "div", "pow", "mod", "floor_div", "bit_and", "max", "min", "eq", "lt", "le", "and", "or", "where",
])

/** The arguments of an elementwise step without those broadcasts that do not change the shape of its result. */
const withoutBroadcasts = (steps: readonly Step[], step: Step): readonly number[] => {
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

/** The steps that a step reads, where it is lowered by itself. */
export const operandsOf = (steps: readonly Step[], step: Step): readonly number[] => {
  if (step.op === "straight_through" || step.op === "checkpoint") return step.args.slice(0, 1)
  return broadcasting.has(step.op) ? withoutBroadcasts(steps, step) : step.args
}
