/** What a ReLU's gradient lets pass: a product with a mask. */
import type { OpName } from "../../../tensor/op.ts"
import type { Step } from "../../../tensor/program.ts"
import { equalShapes } from "../../../tensor/shape.ts"
import { operandsOf } from "../operands.ts"
import type { Row } from "../row.ts"
import { rows } from "../rows.ts"
import { elementwise } from "./elementwise.ts"
import type { BlockedProgram, Pattern } from "./plan.ts"
import { isZero } from "./sum-form.ts"

/** From here on a float times it is 1 or more, but for floats that are not normal. */
const steepest = { float: 3.4028234663852886e38 }

/**
 * What passes where an image is above zero, as a product with 0 or 1: two passes that threads share, where `Where` takes 2.5 times as
 * long on one. Of an infinity that does not pass remains a NaN; what lies between 0 and 1.2e-38 passes a part.
 */
export const maskPattern = ({ steps, blocked }: BlockedProgram, step: Step): Pattern | undefined => {
  const { shape } = step
  const [condition, zero, passing] = operandsOf(steps, step) as readonly [number, number, number]
  const below = steps[condition]!
  if (below.op !== "le" || !isZero(steps[zero]!) || !isZero(steps[below.args[1]!]!)) return undefined
  const image = below.args[0]!
  if (!blocked[image]! || !equalShapes(steps[image]!.shape, shape)) return undefined
  const product = elementwise(rows.mul as Row<OpName>)
  const row: Row<OpName> = (emit, lowered) => {
    const [over, cotangent] = lowered.args
    const mask = { ...over!, name: emit.node("HardSigmoid", [over!.name], { alpha: steepest, beta: { float: 0 } }) }
    return product(emit, { ...lowered, args: [cotangent!, mask] })
  }
  return { args: [image, passing], forms: ["blocked", equalShapes(steps[passing]!.shape, shape) ? "blocked" : "plain"], form: "blocked", row }
}
