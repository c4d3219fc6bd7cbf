/** Patterns of normalisation and of the activation between layers, each a dozen small steps otherwise. */
import { must } from "../../base/assert.ts"
import type { Step } from "../../tensor/program.ts"
import { equalShapes } from "../../tensor/shape.ts"
import { eitherWay, innerOf, numberOf, scaledBy, type StepOf, stepOf } from "./matching.ts"
import type { Counted, Pattern } from "./pattern.ts"
import { names } from "./row.ts"

/** The sum that `step` divides by the number of its terms. With `stepOf` for `find`, also one that others read. */
export const averaged = (program: Counted, step: StepOf<"mul"> | undefined, find: typeof stepOf = innerOf): StepOf<"reduce_sum"> | undefined => {
  if (step === undefined) return undefined
  return eitherWay(step, (index, by) => {
    const sum = find(program, index, "reduce_sum")
    if (sum === undefined || sum.dtype !== "f32" || sum.attrs.axes.length === 0) return undefined
    const { shape } = program.steps[must(sum.args[0], "operand")]!
    const count = sum.attrs.axes.reduce((n, axis) => n * shape[axis]!, 1)
    return numberOf(program, by) === Math.fround(1 / count) ? sum : undefined
  })
}

/** Over the last axis, which stays. */
export const isLast = (program: Counted, { args, attrs }: StepOf<"reduce_sum">): boolean =>
  attrs.keepDims && equalShapes(attrs.axes, [program.steps[args[0]!]!.shape.length - 1])

/** A mean over one axis as one node. Sums over more have patterns of their own. */
export const meanOf = (program: Counted, step: StepOf<"mul">): Pattern | undefined => {
  const sum = averaged(program, step)
  if (sum === undefined || sum.attrs.axes.length > 1) return undefined
  const { axes, keepDims } = sum.attrs
  return { args: sum.args, row: (emit, lowered) => emit.node("ReduceMean", [...names(lowered), emit.int64(axes)], { keepdims: Number(keepDims) }) }
}

/** x less its mean over the last axis. The mean of a scaled x is traced as that of what is scaled, times the scale. */
export const isCentred = (program: Counted, index: number): boolean => {
  const centred = stepOf(program, index, "sub")
  if (centred === undefined) return false
  const [x, mean] = centred.args as readonly [number, number]
  const scaled = stepOf(program, x, "mul")
  if (isScaledMean(program, mean, x, 1)) return true
  return scaled !== undefined && eitherWay(scaled, (z, by) => isScaledMean(program, mean, z, numberOf(program, by) ?? NaN) || undefined) === true
}

/** Whether `index` is the mean of `x` over its last axis, times `scale`. */
const isScaledMean = (program: Counted, index: number, x: number, scale: number): boolean => {
  const product = stepOf(program, index, "mul")
  const share = scale / (program.steps[x]!.shape.at(-1) ?? 1)
  const isMean = (sum: StepOf<"reduce_sum"> | undefined, by: number | undefined): boolean =>
    sum !== undefined && by !== undefined && sum.args[0] === x && sum.dtype === "f32" && isLast(program, sum) && Math.abs(by - share) <= rounding * Math.abs(share)
  return product !== undefined && eitherWay(product, (sum, by) => isMean(stepOf(program, sum, "reduce_sum"), numberOf(program, by)) || undefined) === true
}

/** What factors that are multiplied together may lose in f32. */
const rounding = 2 ** -22

/** 1 / sqrt(mean(x^2) + epsilon) over the last axis, that only one step reads: x and epsilon. */
const inverseNorm = (program: Counted, index: number): { readonly x: number; readonly epsilon: number } | undefined => {
  const root = innerOf(program, innerOf(program, index, "reciprocal")?.args[0], "sqrt")
  const raised = innerOf(program, root?.args[0], "add")
  if (raised === undefined) return undefined
  return eitherWay(raised, (variance, by) => {
    const epsilon = numberOf(program, by)
    const sum = averaged(program, innerOf(program, variance, "mul"))
    const squares = innerOf(program, sum?.args[0], "mul")
    if (epsilon === undefined || sum === undefined || squares === undefined || !isLast(program, sum)) return undefined
    const [x, again] = squares.args as readonly [number, number]
    return x === again ? { x, epsilon } : undefined
  })
}

/**
 * Layer normalisation behind the subtraction of the mean, which stays a step of its own: onnxruntime takes the variance for the mean
 * of squares less the square of the mean, which is only exact where the mean is about 0.
 */
export const layerNormalisation = (program: Counted, step: StepOf<"add">): Pattern | undefined => {
  const isVector = (index: number): boolean => equalShapes(program.steps[index]!.shape, step.shape.slice(-1))
  return eitherWay(step, (product, bias) => {
    const scaled = innerOf(program, product, "mul")
    if (scaled === undefined || !isVector(bias)) return undefined
    return eitherWay(scaled, (normed, scale) => {
      const inner = innerOf(program, normed, "mul")
      if (inner === undefined || !isVector(scale) || !equalShapes(inner.shape, step.shape)) return undefined
      const found = eitherWay(inner, (x, norm) => {
        const by = inverseNorm(program, norm)
        return by?.x === x && isCentred(program, x) ? by : undefined
      })
      if (found === undefined) return undefined
      const { x, epsilon } = found
      return { args: [x, scale, bias], row: (emit, lowered) => emit.node("LayerNormalization", names(lowered), { axis: -1, epsilon: { float: epsilon } }) }
    })
  })
}

/** x (erf(x / sqrt(2)) / 2 + 1 / 2). */
export const geluOf = (program: Counted, step: StepOf<"mul">): Pattern | undefined =>
  eitherWay(step, (x, share) => {
    const half = innerOf(program, share, "add")
    const source = half === undefined ? undefined : eitherWay(half, (a, b) => (numberOf(program, b) === 0.5 ? errorFunctionOf(program, innerOf(program, a, "mul")) : undefined))
    return source === x ? { args: [x], row: (emit, lowered) => emit.node("Gelu", names(lowered)) } : undefined
  })

/** The x of erf(x / sqrt(2)) / 2. */
const errorFunctionOf = (program: Counted, halved: Step | undefined): number | undefined => {
  if (halved?.op !== "mul") return undefined
  const erf = innerOf(program, scaledBy(program, halved, 0.5), "erf")
  return scaledBy(program, innerOf(program, erf?.args[0], "mul"), Math.SQRT1_2)
}
