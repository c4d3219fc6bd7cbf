/** Steps that only give the elements of their operand another shape: however many follow each other, they are one `Reshape`, or none. */
import type { Shape } from "../../base/ndarray.ts"
import type { Step } from "../../tensor/program.ts"
import { equalShapes } from "../../tensor/shape.ts"
import type { Counted, Pattern } from "./pattern.ts"
import { arg } from "./row.ts"

/** Whether only axes of extent 1 change places. */
const staysInOrder = (permutation: readonly number[], shape: Shape): boolean => {
  const moved = permutation.filter((axis) => shape[axis] !== 1)
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)
}

const isRelabelling = ({ steps }: Counted, step: Step): boolean =>
  step.op === "reshape" || (step.op === "transpose" && staysInOrder(step.attrs.permutation, steps[step.args[0]!]!.shape))

export const relabelling = (program: Counted, step: Step): Pattern | undefined => {
  if (!isRelabelling(program, step)) return undefined
  let root = step.args[0]!
  while (isRelabelling(program, program.steps[root]!)) root = program.steps[root]!.args[0]!
  return {
    args: [root],
    row: (emit, lowered) => {
      const { name, shape } = arg(lowered, 0)
      return equalShapes(shape, lowered.shape) ? name : emit.reshape(name, lowered.shape)
    },
  }
}
