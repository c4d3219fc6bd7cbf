/**
 * Layer normalisation whose deviation a backward pass reads: `LayerNormalization` of what the mean has been taken from gives the inverse
 * deviation too. What else a gradient reads, such as the normalised rows, stays the steps that it is traced to.
 */
import type { Step } from "../../tensor/program.ts"
import { equalShapes } from "../../tensor/shape.ts"
import type { Emit } from "./emit.ts"
import { eitherWay, numberOf, stepOf } from "./matching.ts"
import { averaged, isCentred, isLast } from "./normalisation.ts"
import type { Counted, Pattern } from "./pattern.ts"
import { names } from "./row.ts"

interface Norm {
  readonly centred: number
  readonly scale: number
  readonly bias: number
  readonly reciprocal: number
  readonly deviation: number
  readonly epsilon: number
  /** Whether anything but the norm itself reads the deviation, or the rows before they are scaled. */
  readonly isShared: boolean
}

/** The result, inverse deviation and deviation of every such norm, by step. */
export const normStatistics = (program: Counted): ReadonlyMap<number, Pattern> => {
  const found = new Map<number, Pattern>()
  program.steps.forEach((step, i) => {
    const norm = step.op === "add" && step.dtype === "f32" ? normOf(program, step) : undefined
    // The same deviation under another scale and bias is computed once, by the first.
    if (norm === undefined || found.has(norm.reciprocal) || !norm.isShared) return
    const { centred, scale, bias, reciprocal, deviation, epsilon } = norm
    const part = (index: number, read: (results: readonly string[], emit: Emit) => string) =>
      found.set(index, {
        args: [centred, scale, bias],
        row: (emit, lowered) => read(emit.several("LayerNormalization", 3, names(lowered), { axis: -1, epsilon: { float: epsilon } }), emit),
      })
    part(i, ([result]) => result!)
    part(reciprocal, ([, , inverse]) => inverse!)
    part(deviation, ([, , inverse], emit) => emit.node("Reciprocal", [inverse!]))
  })
  return found
}

/** ((c r) scale) + bias, where c is centred and r = 1 / sqrt(mean(c^2) + epsilon). Scale and bias are given, so that they are there as soon as c is. */
const normOf = (program: Counted, step: Step): Norm | undefined => {
  const { steps } = program
  const isGivenVector = (i: number): boolean => (steps[i]!.op === "input" || steps[i]!.op === "constant") && equalShapes(steps[i]!.shape, step.shape.slice(-1))
  return eitherWay(step, (product, bias) => {
    const scaled = stepOf(program, product, "mul")
    if (scaled === undefined || !isGivenVector(bias)) return undefined
    return eitherWay(scaled, (unit, scale) => {
      const normed = stepOf(program, unit, "mul")
      if (normed === undefined || !isGivenVector(scale)) return undefined
      return eitherWay(normed, (centred, reciprocal) => {
        const isShared = [unit, reciprocal].some((index) => program.uses[index] !== 1)
        const deviation = stepOf(program, reciprocal, "reciprocal")?.args[0]
        const epsilon = isCentred(program, centred) ? epsilonOf(program, deviation, centred) : undefined
        return deviation === undefined || epsilon === undefined ? undefined : { centred, scale, bias, reciprocal, deviation, epsilon, isShared }
      })
    })
  })
}

/** The epsilon of sqrt(mean(centred^2) + epsilon). */
const epsilonOf = (program: Counted, deviation: number | undefined, centred: number): number | undefined => {
  const raised = stepOf(program, stepOf(program, deviation, "sqrt")?.args[0], "add")
  if (raised === undefined) return undefined
  return eitherWay(raised, (variance, by) => {
    const sum = averaged(program, stepOf(program, variance, "mul"), stepOf)
    const squares = stepOf(program, sum?.args[0], "mul")
    const isVariance = sum !== undefined && isLast(program, sum) && squares?.args.every((index) => index === centred) === true
    return isVariance ? numberOf(program, by) : undefined
  })
}
