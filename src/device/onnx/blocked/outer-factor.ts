/**
 * A factor a channel of a sum of images that only adjoints of convolutions read: it goes into their filters, which are small, and an image
 * of the sum is added as it is, a pass less. So the gradient of a batch norm is one pass over its images.
 */
import { must } from "../../../base/assert.ts"
import type { Step } from "../../../tensor/program.ts"
import type { Emit } from "../emit.ts"
import type { Value } from "../row.ts"
import { fitsFilterGradient } from "./filter-gradient.ts"
import type { Four } from "./form.ts"
import type { BlockedProgram } from "./plan.ts"
import { isZero, sumFormOf } from "./sum-form.ts"

/** The step whose numbers are taken out of the sum; undefined where it stays whole. */
export const outerFactor = (program: BlockedProgram, index: number): number | undefined => {
  const { steps, uses, users, blocked } = program
  if (!blocked[index]! || users[index]!.length !== uses[index] || !users[index]!.every((user) => takesFactor(program, user, index))) return undefined
  const form = sumFormOf(program, index)
  if (form === undefined || form.relu) return undefined
  const { images, biases } = form
  return images.find(({ step, scale, isNegative }, i) => {
    if (scale === undefined || isNegative || !blocked[step]!) return false
    const others = [...images.filter((_, j) => j !== i).map((other) => other.scale), ...biases.map((bias) => bias.step)]
    return factorsOf(steps, scale).every((factor) => others.every((other) => other !== undefined && vanishesWith(steps, other, factor)))
  })?.scale
}

/** Whether a step reads the value of `index` as a cotangent, in blocks, and nowhere else. */
const takesFactor = ({ steps, blocked, block }: BlockedProgram, user: number, index: number): boolean => {
  const step = steps[user]!
  if (step.op === "conv2d_filter_gradient") return step.args[0] !== index && fitsFilterGradient(steps, step, block)
  return step.op === "conv2d_input_gradient" && step.args[1] !== index && blocked[user]!
}

const factorsOf = (steps: readonly Step[], index: number): readonly number[] => {
  const { op, args } = steps[index]!
  return op === "mul" || op === "reshape" ? args.flatMap((arg) => factorsOf(steps, arg)) : [index]
}

/** Whether a step is 0 wherever `factor` is, as its sums and products say. */
const vanishesWith = (steps: readonly Step[], index: number, factor: number): boolean => {
  if (index === factor) return true
  const step = steps[index]!
  const does = (arg: number | undefined): boolean => vanishesWith(steps, must(arg, "operand"), factor)
  switch (step.op) {
    case "constant":
      return isZero(step)
    case "mul":
      return step.args.some(does)
    case "add":
    case "sub":
      return step.args.every(does)
    case "where":
      return does(step.args[1]) && does(step.args[2])
    case "div":
    case "neg":
    case "reshape":
      return does(step.args[0])
    default:
      return false
  }
}

/** The factor, [C], to divide by: what is divided vanishes where the factor does, so there any other number will do. */
export const divisor = (emit: Emit, factor: string): string => emit.node("Where", [emit.node("Equal", [factor, emit.scalar("f32", 0)]), emit.scalar("f32", 1), factor])

/** A filter [O, I, kh, kw] times a number for each O. */
export const timesOuter = (emit: Emit, filter: Pick<Value, "name" | "shape">, factor: string): string =>
  emit.node("Mul", [filter.name, emit.reshape(factor, [(filter.shape as Four)[0], 1, 1, 1])])
