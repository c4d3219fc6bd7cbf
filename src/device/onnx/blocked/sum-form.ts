/**
 * Steps on blocked images read as one sum: of images times a number a channel, of images, and of numbers a channel, cut off at zero or
 * not. A batch norm, a residual and a ReLU are one in both directions.
 */
import { sizeOf } from "../../../base/ndarray.ts"
import type { Step } from "../../../tensor/program.ts"
import { equalShapes } from "../../../tensor/shape.ts"
import { operandsOf } from "../operands.ts"
import { isOverImages } from "./elementwise.ts"
import type { Four } from "./form.ts"
import type { BlockedProgram } from "./plan.ts"

interface Term {
  /** The step that is added, or taken away. */
  readonly step: number
  readonly isNegative: boolean
}

/** An image, times a number a channel if there is one. */
export interface ImageTerm extends Term {
  readonly scale?: number
}

export interface SumForm {
  readonly images: readonly ImageTerm[]
  /** Numbers a channel. */
  readonly biases: readonly Term[]
  readonly relu: boolean
}

/** The literal 0. */
export const isZero = (step: Step): boolean => step.op === "constant" && sizeOf(step.shape) === 1 && step.attrs.value.data[0] === 0

/** What `max` cuts off at zero; undefined for any other step. */
export const rectified = (steps: readonly Step[], { op, args }: Step): number | undefined => {
  if (op !== "max") return undefined
  const [a, b] = args as readonly [number, number]
  return isZero(steps[a]!) ? b : isZero(steps[b]!) ? a : undefined
}

/** The step as a sum; undefined where a term is neither an image nor the same for all images. What only the sum reads is a part of it. */
export const sumFormOf = ({ steps, uses, blocked }: BlockedProgram, index: number): SumForm | undefined => {
  const shape = steps[index]!.shape as Four
  const isImage = (step: number) => equalShapes(steps[step]!.shape, shape)
  const images: ImageTerm[] = []
  const biases: Term[] = []
  const take = (step: number, isNegative: boolean, isOpen = uses[step] === 1 && blocked[step]!): boolean => {
    const at = steps[step]!
    if (!isImage(step)) return isOverImages(at.shape, shape) && biases.push({ step, isNegative }) > 0
    const args = isOpen ? operandsOf(steps, at) : []
    const [a, b] = args as readonly [number, number]
    if (isOpen && at.op === "add") return take(a, isNegative) && take(b, isNegative)
    if (isOpen && at.op === "sub") return take(a, isNegative) && take(b, !isNegative)
    if (isOpen && at.op === "mul" && isImage(a) !== isImage(b)) {
      const [image, scale] = isImage(a) ? [a, b] : [b, a]
      if (isOverImages(steps[scale]!.shape, shape)) return images.push({ step: image, scale, isNegative }) > 0
    }
    return images.push({ step, isNegative }) > 0
  }
  const under = rectified(steps, steps[index]!)
  const isSum = under === undefined ? take(index, false, true) : take(under, false)
  return isSum ? { images, biases, relu: under !== undefined } : undefined
}
