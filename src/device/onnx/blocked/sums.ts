/** Lowering of sums of blocked images, each image in one pass; and of sums over the places of images. */
import { ndarray, sizeOf } from "../../../base/ndarray.ts"
import type { OpName } from "../../../tensor/op.ts"
import type { Step } from "../../../tensor/program.ts"
import { equalShapes } from "../../../tensor/shape.ts"
import type { Emit } from "../emit.ts"
import { operandsOf } from "../operands.ts"
import type { Row, Value } from "../row.ts"
import { convolveBlocked, dotOverPlaces, type Epilogue, imageForm, scaled } from "./convolution.ts"
import { type Form, type Four, nchwc } from "./form.ts"
import { inputGradientBlocked, isStrided } from "./input-gradient.ts"
import type { BlockedProgram, Pattern } from "./plan.ts"
import { divisor, outerFactor, timesOuter } from "./outer-factor.ts"
import { sumFormOf } from "./sum-form.ts"

/** One number a channel, [C]. */
export const perChannel = (emit: Emit, { name, shape }: Value, channels: number): string =>
  sizeOf(shape) === channels ? emit.reshape(name, [channels]) : emit.expand(emit.reshape(name, [1]), [channels])

const all = (emit: Emit, value: number, channels: number): string => emit.constant(ndarray("f32", [channels], new Float32Array(channels).fill(value)))

/** Steps that a pattern reads, as they are asked for. */
class Reads {
  readonly args: number[] = []
  readonly forms: Form[] = []

  /** Of the value of `step` in the arguments of the row. */
  add(step: number, form: Form): number {
    this.forms.push(form)
    return this.args.push(step) - 1
  }
}

/** An image of a sum, by places in the arguments: itself, or the convolution that gives it and that nothing else reads. */
interface Part {
  readonly image: number
  readonly conv?: { readonly filter: number; readonly kernel: Kernel; readonly outer?: number }
  readonly scale?: number
  readonly isNegative: boolean
}

/** Steps that are a convolution of a blocked image, and take what is added to their result in the same pass. */
type Kernel = (emit: Emit, image: string, filter: string, factor: string | undefined, epilogue: Epilogue) => string

/** A convolution, or the adjoint of one in its image where that is one: the image and filter it takes, and how. */
const kernelOf = ({ steps, block }: BlockedProgram, step: Step): { readonly image: number; readonly filter: number; readonly form: Form; readonly kernel: Kernel; readonly isAdjoint: boolean } | undefined => {
  if (step.op !== "conv2d" && step.op !== "conv2d_input_gradient") return undefined
  if (step.op === "conv2d_input_gradient" && isStrided(step.attrs)) return undefined
  const [image, filter] = step.args as readonly [number, number]
  const { shape } = steps[filter]!
  /** The filter with its channels of the result times a number each. */
  const times = (emit: Emit, name: string, factor: string | undefined): string => {
    const across = step.op === "conv2d" ? [shape[0]!, 1, 1, 1] : [shape[1]!, 1, 1]
    return factor === undefined ? name : emit.node("Mul", [name, emit.reshape(factor, across)])
  }
  const kernel: Kernel =
    step.op === "conv2d"
      ? (emit, from, by, factor, epilogue) => convolveBlocked(emit, from, { name: times(emit, by, factor), shape }, step.attrs, epilogue)
      : (emit, from, by, factor, epilogue) => inputGradientBlocked(emit, { name: from, shape: steps[image]!.shape }, { name: times(emit, by, factor), shape }, step.attrs, epilogue)
  return { image, filter, form: step.op === "conv2d" ? imageForm(steps[image]!.shape, block)! : "blocked", kernel, isAdjoint: step.op !== "conv2d" }
}

const isScaled = ({ scale, isNegative, conv }: Part): boolean => scale !== undefined || isNegative || conv !== undefined

/** A sum of which at least one image is scaled, comes out of a convolution, or gets a bias. */
export const sumPattern = (program: BlockedProgram, index: number): Pattern | undefined => {
  const { steps, uses, blocked } = program
  const form = sumFormOf(program, index)
  if (form === undefined) return undefined
  const outer = outerFactor(program, index)
  const reads = new Reads()
  /** The first image by that factor is added as it is, and all else is divided by it. */
  const whole = form.images.find(({ scale, isNegative }) => scale !== undefined && scale === outer && !isNegative)
  const over = outer === undefined ? undefined : reads.add(outer, "plain")
  const parts = form.images.map((term): Part => {
    const { step, isNegative } = term
    const scale = term === whole ? undefined : term.scale
    const factor = { isNegative, ...(scale === undefined ? {} : { scale: reads.add(scale, "plain") }) }
    const conv = uses[step]! > 1 || !blocked[step]! || step === index ? undefined : kernelOf(program, steps[step]!)
    if (conv === undefined) return { ...factor, image: reads.add(step, "blocked") }
    const [image, filter, inner] = [reads.add(conv.image, conv.form), reads.add(conv.filter, "plain"), conv.isAdjoint ? outerFactor(program, conv.image) : undefined]
    return { ...factor, image, conv: { filter, kernel: conv.kernel, ...(inner === undefined ? {} : { outer: reads.add(inner, "plain") }) } }
  })
  const biases = form.biases.map(({ step, isNegative }) => ({ at: reads.add(step, "plain"), isNegative }))
  if (outer === undefined && biases.length === 0 && !form.relu && !parts.some(isScaled)) return undefined

  const row: Row<OpName> = (emit, { args, shape }) => {
    const four = shape as Four
    const channels = four[1]
    const by = over === undefined ? undefined : divisor(emit, perChannel(emit, args[over]!, channels))
    const vector = (at: number, isNegative: boolean): string => {
      const given = perChannel(emit, args[at]!, channels)
      const value = by === undefined ? given : emit.node("Div", [given, by])
      return isNegative ? emit.node("Neg", [value]) : value
    }
    const bias = biases.map(({ at, isNegative }) => vector(at, isNegative)).reduce<string | undefined>((sum, one) => (sum === undefined ? one : emit.node("Add", [sum, one])), undefined)
    const factorOf = ({ scale, isNegative }: Part): string | undefined => (scale !== undefined ? vector(scale, isNegative) : isNegative ? all(emit, -1, channels) : undefined)
    // Convolutions last: what is added in them costs least.
    const plain = parts.filter((part) => !isScaled(part))
    const behind = [...parts.filter((part) => isScaled(part) && part.conv === undefined), ...parts.filter(({ conv }) => conv !== undefined)]
    if (behind.length === 0 && bias !== undefined) behind.push(plain.pop()!)
    let sum = plain.map(({ image }) => args[image]!.name).reduce<string | undefined>((so, one) => (so === undefined ? one : emit.node("Add", [so, one])), undefined)
    if (behind.length === 0) return form.relu ? emit.node("Relu", [sum!]) : sum!
    behind.forEach((part, i) => {
      const isLast = i === behind.length - 1
      const epilogue = { ...(sum === undefined ? {} : { sum }), ...(isLast && bias !== undefined ? { bias } : {}), relu: isLast && form.relu }
      const image = args[part.image]!.name
      const factor = factorOf(part)
      if (part.conv === undefined) sum = scaled(emit, image, factor ?? all(emit, 1, channels), four, epilogue)
      else {
        const { filter, outer: at, kernel } = part.conv
        const { name, shape: taps } = args[filter]!
        const inner = at === undefined ? name : timesOuter(emit, { name, shape: taps }, perChannel(emit, args[at]!, taps[0]!))
        sum = kernel(emit, image, inner, factor, epilogue)
      }
    })
    return sum!
  }
  return { args: reads.args, forms: reads.forms, form: "blocked", row }
}

/** A sum over the places, and over the images or not, of a blocked image or of the product of two. */
export const placesPattern = ({ steps, uses, blocked }: BlockedProgram, index: number): Pattern | undefined => {
  const step = steps[index]!
  if (step.op !== "reduce_sum") return undefined
  const [source] = step.args as readonly [number]
  const { axes } = step.attrs
  if (!blocked[source]! || steps[source]!.dtype !== "f32" || !(equalShapes(axes, [2, 3]) || equalShapes(axes, [0, 2, 3]))) return undefined
  const shape = steps[source]!.shape as Four
  const factors = steps[source]!.op === "mul" && uses[source] === 1 ? operandsOf(steps, steps[source]!) : []
  const isDot = factors.length === 2 && factors.every((factor) => equalShapes(steps[factor]!.shape, shape))
  const row: Row<OpName> = (emit, { args, shape: result }) => {
    const [a, b] = args.map(({ name }) => name) as [string, string]
    const each = isDot ? dotOverPlaces(emit, a, b, shape) : overPlaces(emit, a, shape)
    return emit.reshape(axes[0] === 0 ? emit.node("ReduceSum", [each, emit.int64([0])], { keepdims: 0 }) : each, result)
  }
  const args = isDot ? factors : [source]
  return { args, forms: args.map((): Form => "blocked"), form: "plain", row }
}

/** Sums over the places, [N, C]: means times their number. */
const overPlaces = (emit: Emit, image: string, [n, c, h, w]: Four): string => {
  const means = emit.reshape(emit.node("GlobalAveragePool", [image], {}, nchwc), [n, c])
  return emit.node("Mul", [means, emit.scalar("f32", h * w)])
}
