/** The adjoint of a convolution in its blocked image: a convolution of the cotangent, or one a phase of the strides, all in one. */
import { ndarray, type Shape } from "../../../base/ndarray.ts"
import type { Convolution, Pair } from "../../../tensor/op/convolution.ts"
import { perAxis, spanOf } from "../../../tensor/window.ts"
import type { Emit } from "../emit.ts"
import { arg, type Row, type Value } from "../row.ts"
import { adjointTiles, conv, type Epilogue, type StepOf, type Steps, still, type Walk } from "./convolution.ts"
import { everyPlace, type Four, hasBlocks, picked } from "./form.ts"

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
  const [[down, right], size] = [step.attrs.strides, step.attrs.size]
  const [dy, filter] = [arg(step, 0), arg(step, 1)]
  const [o, c, kh, kw] = filter.shape as Four
  const [n, blocks] = [dy.shape[0]!, c / b]
  const { low, high, taps, reach, places } = phasesOf(dy.shape, step.attrs, [kh, kw])

  const zeros = emit.constant(ndarray("f32", [1, 1, b * b], new Float32Array(b * b)))
  const tiles = (o / b) * blocks * kh * kw
  const ended = emit.node("Concat", [emit.reshape(adjointTiles(emit, filter.name, [o, c, kh, kw]), [1, tiles, b * b]), zeros], { axis: 1 })
  const order = everyPlace([down, right, blocks, o / b, ...reach], ([y, x, inner, outer, i, j]) => {
    const [row, column] = [taps[0][y! * reach[0] + i!]!, taps[1][x! * reach[1] + j!]!]
    return row === kh || column === kw ? tiles : ((outer! * blocks + inner!) * kh + row) * kw + column
  })
  const phases = emit.reshape(picked(emit, ended, [1, tiles + 1, b * b], order), [down * right * c, o, ...reach])
  const apart = conv(emit, dy.name, phases, { ...still, size: reach, low, high })
  const all = everyPlace([blocks, ...size], ([block, y, x]) => {
    const phase = (y! % down) * right + (x! % right)
    return ((phase * blocks + block!) * places[0] + Math.floor(y! / down)) * places[1] + Math.floor(x! / right)
  })
  return emit.reshape(picked(emit, apart, [n, down * right * blocks * places[0] * places[1], b], all), step.shape)
}

/** Without strides, where it is one convolution, to whose result can be added in the same pass. */
export const inputGradientBlocked = (emit: Emit, dy: Pick<Value, "name" | "shape">, filter: Pick<Value, "name" | "shape">, attrs: Convolution & { readonly size: Pair }, epilogue: Epilogue = {}): string => {
  const [o, i, kh, kw] = filter.shape as Four
  const [outers, inners, taps] = [o / emit.block, i / emit.block, kh * kw]
  const turnedBack = everyPlace([inners, outers, taps], ([inner, outer, tap]) => (outer! * inners + inner! + 1) * taps - 1 - tap!)
  const tiles = picked(emit, adjointTiles(emit, filter.name, [o, i, kh, kw]), [1, outers * inners * taps, emit.block ** 2], turnedBack)
  return conv(emit, dy.name, emit.reshape(tiles, [i, o, kh, kw]), { ...attrs, ...around(dy.shape, attrs, [kh, kw]), size: [kh, kw] }, epilogue)
}

export const inputGradient: Row<"conv2d_input_gradient"> = (emit, step) =>
  isStrided(step.attrs) ? stridedInputGradient(emit, step) : inputGradientBlocked(emit, arg(step, 0), arg(step, 1), step.attrs)
