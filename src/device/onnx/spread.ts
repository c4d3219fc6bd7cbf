/**
 * Numbers at a few places less a scaled array, as in the gradient of a cross-entropy: added where they belong, to the array times the
 * negative scale. Spread out first, they would be an array of zeros that is as large.
 */
import { sizeOf } from "../../base/ndarray.ts"
import { eitherWay, innerOf, type StepOf } from "./matching.ts"
import type { Counted, Pattern } from "./pattern.ts"
import { arg, names } from "./row.ts"

/** put_along(indices, updates) - array scale, where the scale is smaller than the array. */
export const spreadDifference = (program: Counted, step: StepOf<"sub">): Pattern | undefined => {
  const [spread, scaled] = [innerOf(program, step.args[0], "put_along"), innerOf(program, step.args[1], "mul")]
  if (spread === undefined || scaled === undefined || step.dtype !== "f32") return undefined
  const size = (i: number): number => sizeOf(program.steps[i]!.shape)
  const { axis } = spread.attrs
  return eitherWay(scaled, (array, scale) => {
    if (size(array) !== sizeOf(step.shape) || size(scale) >= size(array) || size(spread.args[0]!) === 0) return undefined
    return {
      args: [...spread.args, array, scale],
      row: (emit, lowered) => {
        const [indices, updates] = names(lowered) as readonly [string, string]
        const rest = emit.node("Mul", [arg(lowered, 2).name, emit.node("Neg", [arg(lowered, 3).name])])
        return emit.node("ScatterElements", [rest, indices, updates], { axis, reduction: "add" })
      },
    }
  })
}
