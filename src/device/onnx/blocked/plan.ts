/** Which values of a program are in blocks of channels, and how the steps that make or read them are lowered. Emits nothing. */
import type { OpName } from "../../../tensor/op.ts"
import type { Step } from "../../../tensor/program.ts"
import { equalShapes } from "../../../tensor/shape.ts"
import { operandsOf } from "../operands.ts"
import { geluOf } from "../normalisation.ts"
import type { Counted, Pattern as PlainPattern } from "../pattern.ts"
import type { Emit } from "../emit.ts"
import type { Lowered, Row, Value } from "../row.ts"
import { rows } from "../rows.ts"
import { fitsForward, forward, imageForm } from "./convolution.ts"
import { byElement, elementwise, isOverPlaces, keepsBlocks, moved, sampled, samples, spreadOf, spreadOut } from "./elementwise.ts"
import { filterGradient, fitsFilterGradient } from "./filter-gradient.ts"
import { type Form, hasBlocks } from "./form.ts"
import { fitsInputGradient, inputGradient } from "./input-gradient.ts"
import { maskPattern } from "./mask.ts"
import { outerFactor, timesOuter } from "./outer-factor.ts"
import { perChannel, placesPattern, sumPattern } from "./sums.ts"

/** A program with a block of channels, and whether each of its values is made in blocks. */
export interface BlockedProgram extends Counted {
  readonly block: number
  readonly blocked: readonly boolean[]
  /** The steps that read each, once for each time. */
  readonly users: readonly (readonly number[])[]
}

/** How steps are lowered that read or make blocked images. */
export interface Pattern extends PlainPattern {
  /** Of each argument. */
  readonly forms: readonly Form[]
  /** Of the result. */
  readonly form: Form
}

/** Convolutions make blocked images; what follows them element by element, or moves whole blocks, stays in blocks. */
export const inBlocksOf = (program: Counted, block: number): readonly boolean[] => {
  const blocked: boolean[] = []
  program.steps.forEach((_, i) => blocked.push(block > 0 && isBlocked(program, blocked, i, block)))
  return blocked
}

const isBlocked = (program: Counted, blocked: readonly boolean[], index: number, block: number): boolean => {
  const { steps } = program
  const step = steps[index]!
  switch (step.op) {
    case "conv2d":
      return fitsForward(steps, step, block)
    case "conv2d_input_gradient":
      return fitsInputGradient(steps, step, block)
    case "slice":
    case "pad":
      return blocked[step.args[0]!]! && step.dtype === "f32" && keepsBlocks(step, steps[step.args[0]!]!.shape, block)
    case "reshape":
      return step.dtype === "f32" && blocked[spreadOf(program, index)?.source ?? -1] === true
    default:
      return staysBlocked(steps, blocked, step, block)
  }
}

const staysBlocked = (steps: readonly Step[], blocked: readonly boolean[], step: Step, block: number): boolean => {
  const { shape } = step
  if (!byElement.has(step.op) || !hasBlocks(shape, block)) return false
  const operands = operandsOf(steps, step)
  const fits = (index: number): boolean => {
    const at = steps[index]!
    return (at.dtype === "f32" || at.dtype === "bool") && (equalShapes(at.shape, shape) || isOverPlaces(at.shape, shape))
  }
  return operands.every(fits) && operands.some((index) => equalShapes(steps[index]!.shape, shape) && blocked[index]!)
}

export const blockedPattern = (program: BlockedProgram, index: number): Pattern | undefined => {
  const { steps, blocked, block } = program
  const step = steps[index]!
  if (step.op === "conv2d_filter_gradient") {
    if (block === 0 || !fitsFilterGradient(steps, step, block)) return undefined
    const image = hasBlocks(steps[step.args[0]!]!.shape, block) ? "blocked" : "plain"
    return underFactor(program, step.args[1]!, { args: step.args, forms: [image, "blocked"], form: "plain", row: filterGradient as Row<OpName> }, (row) => (emit, lowered, factor) =>
      timesOuter(emit, { name: row(emit, lowered), shape: lowered.shape }, factor))
  }
  if (!blocked[index]!) return placesPattern(program, index)
  switch (step.op) {
    case "conv2d":
      return { args: step.args, forms: [imageForm(steps[step.args[0]!]!.shape, block)!, "plain"], form: "blocked", row: forward as Row<OpName> }
    case "conv2d_input_gradient":
      return underFactor(program, step.args[0]!, { args: step.args, forms: ["blocked", "plain"], form: "blocked", row: inputGradient as Row<OpName> }, (row) => (emit, lowered, factor) => {
        const [dy, filter] = lowered.args as readonly [Value, Value]
        return row(emit, { ...lowered, args: [dy, { ...filter, name: timesOuter(emit, filter, factor) }] })
      })
    case "slice":
      if (samples(step, steps[step.args[0]!]!.shape)) return { args: step.args, forms: ["blocked"], form: "blocked", row: sampled as Row<OpName> }
      return { args: step.args, forms: ["blocked"], form: "blocked", row: moved(rows.slice as Row<OpName>) }
    case "pad":
      return { args: step.args, forms: ["blocked"], form: "blocked", row: moved(rows.pad as Row<OpName>) }
    case "reshape": {
      const spread = spreadOf(program, index)!
      return { args: [spread.source], forms: ["blocked"], form: "blocked", row: spreadOut(spread) }
    }
    case "where":
      return maskPattern(program, step) ?? elementwisePattern(program, step)
    case "mul":
      return geluPattern(program, step) ?? sumPattern(program, index) ?? elementwisePattern(program, step)
    case "add":
    case "sub":
    case "max":
      return sumPattern(program, index) ?? elementwisePattern(program, step)
    default:
      return elementwisePattern(program, step)
  }
}

/** The lowering of an adjoint, which multiplies by what was taken out of the cotangent. */
const underFactor = (program: BlockedProgram, cotangent: number, pattern: Pattern, by: (row: Row<OpName>) => (emit: Emit, lowered: Lowered<OpName>, factor: string) => string): Pattern => {
  const factor = outerFactor(program, cotangent)
  if (factor === undefined) return pattern
  const row: Row<OpName> = (emit, lowered) => {
    const [args, last] = [lowered.args.slice(0, -1), lowered.args.at(-1)!]
    return by(pattern.row)(emit, { ...lowered, args }, perChannel(emit, last, program.steps[cotangent]!.shape[1]!))
  }
  return { ...pattern, args: [...pattern.args, factor], forms: [...pattern.forms, "plain"], row }
}

const geluPattern = (program: BlockedProgram, step: Extract<Step, { readonly op: "mul" }>): Pattern | undefined => {
  const gelu = geluOf(program, step)
  return gelu === undefined ? undefined : { ...gelu, forms: ["blocked"], form: "blocked" }
}

const elementwisePattern = ({ steps }: BlockedProgram, step: Step): Pattern => {
  const args = operandsOf(steps, step)
  const forms = args.map((index): Form => (equalShapes(steps[index]!.shape, step.shape) ? "blocked" : "plain"))
  return { args, forms, form: "blocked", row: elementwise(rows[step.op as Exclude<OpName, "input" | "scan">] as Row<OpName>) }
}
