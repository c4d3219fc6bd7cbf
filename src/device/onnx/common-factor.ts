/**
 * Sums of two products with a factor in common, as that factor times a sum: one pass over the elements less. So the gradient of a GELU
 * is one of its factors.
 */
import { equalShapes } from "../../tensor/shape.ts"
import { eitherWay, innerOf, type StepOf } from "./matching.ts"
import type { Counted, Pattern } from "./pattern.ts"
import type { Emit } from "./emit.ts"
import { arg, type Value } from "./row.ts"

/** a b + a c or a b + a c d, for an `a` that is as large as the sum. */
export const commonFactor = (program: Counted, step: StepOf<"add">): Pattern | undefined => {
  if (step.dtype !== "f32") return undefined
  return eitherWay(step, (first, second) => {
    const [left, right] = [innerOf(program, first, "mul"), innerOf(program, second, "mul")]
    if (left === undefined || right === undefined || first === second) return undefined
    return eitherWay(left, (a, b) => {
      const rest = equalShapes(program.steps[a]!.shape, step.shape) ? restOf(program, right, a) : undefined
      return rest === undefined ? undefined : { args: [a, b, ...rest], row: (emit, lowered) => times(emit, arg(lowered, 0), emit.node("Add", [arg(lowered, 1).name, productOf(emit, lowered.args.slice(2))])) }
    })
  })
}

/** The factors of a product beside `factor`, which one of its operands is, or a factor of one. */
const restOf = (program: Counted, product: StepOf<"mul">, factor: number): readonly number[] | undefined =>
  eitherWay(product, (x, y) => {
    if (x === factor) return [y]
    const inner = innerOf(program, x, "mul")
    return inner && eitherWay(inner, (a, c) => (a === factor ? [c, y] : undefined))
  })

const times = (emit: Emit, { name }: Value, by: string): string => emit.node("Mul", [name, by])

const productOf = (emit: Emit, [first, second]: readonly Value[]): string => (second === undefined ? first!.name : times(emit, first!, second.name))
