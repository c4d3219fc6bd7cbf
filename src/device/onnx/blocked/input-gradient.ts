/** The adjoint of a convolution in its blocked image: a convolution of the cotangent, or one a phase of the strides, all in one. */
import { ndarray, type Shape } from "../../../base/ndarray.ts"
import type { Convolution, Pair } from "../../../tensor/op/convolution.ts"
import { perAxis, spanOf } from "../../../tensor/window.ts"
import type { Emit } from "../emit.ts"
import { arg, type Row, type Value } from "../row.ts"
import { conv, type Epilogue, type StepOf, type Steps, still, tiled, type Walk } from "./convolution.ts"
import { type Four, hasBlocks } from "./form.ts"

/** Zeros around the cotangent, for the convolution that the adjoint in the image is where there are no strides. */
const around = (dy: Shape, { low, dilations, size }: Pick<Convolution, "low" | "dilations"> & { readonly size: Pair }, taps: Pair): { readonly low: Pair; readonly high: Pair } => {
  const spans = perAxis((i) => spanOf(taps[i], dilations[i]))
  const before = perAxis((i) => spans[i] - 1 - low[i])
  return { low: before, high: perAxis((i) => size[i] - dy[2 + i]! + spans[i] - 1 - before[i]) }
}

const tapsOf = (filter: Shape): Pair => [filter[2]!, filter[3]!]

export const isStrided = ({ strides }: Pick<Convolution, "strides">): boolean => strides.some((stride) => stride !== 1)

export const fitsInputGradient = (steps: Steps, { args, attrs, shape }: StepOf<"conv2d_input_gradient">, block: number): boolean => {
  const [dy, filter] = args.map((index) => steps[index]!.shape) as [Shape, Shape]
  if (attrs.groups !== 1 || !hasBlocks(shape, block) || !hasBlocks(dy, block)) return false
  if (isStrided(attrs) && attrs.dilations.some((dilation) => dilation !== 1)) return false
  const { low, high } = isStrided(attrs) ? phasesOf(dy, attrs, tapsOf(filter)) : around(dy, attrs, tapsOf(filter))
  return [...low, ...high].every((n) => n >= 0)
}

/**
 * The adjoint in the image under strides: `stride` phases along each axis, each of which is a convolution of the cotangent with every
 * `stride`-th tap, backwards. Place `stride a + phase` reads the cotangent at `a + first` to `a + first + taps.length - 1`.
 */
interface Phases extends Pick<Walk, "low" | "high"> {
  /** Along each axis, of each phase: the tap that meets each place of the cotangent; one more than there are where none does. */
  readonly taps: readonly [readonly number[], readonly number[]]
  /** Places of the cotangent that a phase reads. */
  readonly reach: Pair
  /** Places of a phase. */
  readonly places: Pair
}

const phasesOf = (dy: Shape, { strides, low, size }: Pick<Convolution, "strides" | "low"> & { readonly size: Pair }, count: Pair): Phases => {
  const axes = perAxis((i) => {
    const [stride, before] = [strides[i], low[i]]
    const phases = [...Array(stride).keys()].map((phase) => {
      const [first, last] = [(phase + before) % stride, Math.floor((phase + before) / stride)]
      return { last, taps: Array.from({ length: Math.max(0, Math.ceil((count[i] - first) / stride)) }, (_, t) => first + t * stride) }
    })
    const start = Math.min(...phases.map(({ last, taps }) => last - taps.length + 1))
    const reach = Math.max(...phases.map(({ last }) => last)) - start + 1
    const taps = phases.flatMap(({ last, taps }) => Array.from({ length: reach }, (_, at) => taps[last - start - at] ?? count[i]))
    const places = Math.ceil(size[i] / stride)
    return { start, reach, taps, places, high: places - 1 + start + reach - dy[2 + i]! }
  })
  const of = <A>(f: (axis: (typeof axes)[0]) => A) => perAxis((i) => f(axes[i]))
  return { low: of(({ start }) => -start), high: of(({ high }) => high), taps: of(({ taps }) => taps), reach: of(({ reach }) => reach), places: of(({ places }) => places) }
}

const stridedInputGradient: Row<"conv2d_input_gradient"> = (emit, step) => {
  const b = emit.block
  const { strides, size } = step.attrs
  const [dy, filter] = [arg(step, 0), arg(step, 1)]
  const [o, c, kh, kw] = filter.shape as Four
  const { low, high, taps, reach, places } = phasesOf(dy.shape, step.attrs, [kh, kw])
  const met = (value: string, axis: number, at: readonly number[]) => emit.node("Gather", [value, emit.constant(ndarray("i32", [at.length], Int32Array.from(at)))], { axis })
  const ended = emit.node("Pad", [filter.name, emit.int64([0, 0, 0, 0, 0, 0, 1, 1])])
  const phases = emit.reshape(met(met(ended, 2, taps[0]), 3, taps[1]), [o / b, b, c / b, b, strides[0], reach[0], strides[1], reach[1]])
  const channels = strides[0] * strides[1] * c
  const tiles = emit.reshape(emit.node("Transpose", [phases], { perm: [4, 6, 2, 0, 5, 7, 1, 3] }), [channels, o, ...reach])
  const apart = conv(emit, dy.name, tiles, { ...still, size: reach, low, high })
  const n = dy.shape[0]!
  const seen = emit.reshape(apart, [n, strides[0], strides[1], c / b, places[0], places[1], b])
  const [rows, columns] = [places[0] * strides[0], places[1] * strides[1]]
  const whole = emit.reshape(emit.node("Transpose", [seen], { perm: [0, 3, 4, 1, 5, 2, 6] }), [n, c / b, rows, columns, b])
  const isWhole = rows === size[0] && columns === size[1]
  return emit.reshape(isWhole ? whole : emit.node("Slice", [whole, ...[[0, 0], size, [2, 3]].map((v) => emit.int64(v))]), step.shape)
}

/** Without strides, where it is one convolution, to whose result can be added in the same pass. */
export const inputGradientBlocked = (emit: Emit, dy: Pick<Value, "name" | "shape">, filter: Pick<Value, "name" | "shape">, attrs: Convolution & { readonly size: Pair }, epilogue: Epilogue = {}): string => {
  const [kh, kw] = tapsOf(filter.shape)
  const reversed =
    kh === 1 && kw === 1
      ? filter.name
      : emit.node("Slice", [filter.name, emit.int64([-1, -1]), emit.int64([-1 - kh, -1 - kw]), emit.int64([2, 3]), emit.int64([-1, -1])])
  const walk = { ...attrs, ...around(dy.shape, attrs, [kh, kw]), size: [kh, kw] as Pair }
  return conv(emit, dy.name, tiled(emit, reversed, filter.shape as Four, true), walk, epilogue)
}

export const inputGradient: Row<"conv2d_input_gradient"> = (emit, step) =>
  isStrided(step.attrs) ? stridedInputGradient(emit, step) : inputGradientBlocked(emit, arg(step, 0), arg(step, 1), step.attrs)
