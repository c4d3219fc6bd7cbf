/**
 * Convolutions on gpu.js: rewritten into one looping form without padding, then written as loops. Padding becomes a `pad` that
 * kernels read through, and the gradient by the image a convolution of the spread-out cotangent by the turned filter.
 */
import { must } from "../../base/assert.ts"
import { ndarray, type Shape } from "../../base/ndarray.ts"
import type { Convolution, Pair } from "../../tensor/op/convolution.ts"
import type { Step } from "../../tensor/program.ts"
import { perAxis, spanOf } from "../../tensor/window.ts"
import type { Expander } from "./expand.ts"
import { constantForm, type Form, scale, sum } from "./index-form.ts"
import type { Reader } from "./reader.ts"

type StepOf<Op extends Step["op"]> = Extract<Step, { readonly op: Op }>
type Four = readonly [number, number, number, number]

const four = (shape: Shape): Four => shape as Shape as Four
const bare = (attrs: Convolution): Convolution => ({
  strides: attrs.strides,
  low: [0, 0],
  high: [0, 0],
  dilations: attrs.dilations,
  groups: attrs.groups,
})

/** Zeros around the image [N, C, H, W]; negative numbers cut off. */
const framed = (out: Expander, x: number, low: Pair, high: Pair): number => {
  const shape = out.shape(x)
  const cut = (n: number): number => Math.max(-n, 0)
  const [starts, ends] = [shape.map((_, i) => cut(low[i - 2] ?? 0)), shape.map((extent, i) => extent - cut(high[i - 2] ?? 0))]
  const inner = shape.map((_, i) => must(ends[i], "end") - must(starts[i], "start"))
  const kept = inner.every((extent, i) => extent === shape[i]) ? x : out.make("slice", [x], { starts, ends, steps: shape.map(() => 1) }, inner)
  const added = (by: Pair): readonly number[] => shape.map((_, i) => Math.max(by[i - 2] ?? 0, 0))
  const [before, behind] = [added(low), added(high)]
  if ([...before, ...behind].every((n) => n === 0)) return kept
  return out.make("pad", [kept], { low: before, high: behind, value: 0 }, inner.map((extent, i) => extent + must(before[i], "low") + must(behind[i], "high")))
}

/** Elements `strides` apart, zeros between and behind. */
const spread = (out: Expander, x: number, strides: Pair): number => {
  if (strides.every((n) => n === 1)) return x
  const [n, c, h, w] = four(out.shape(x))
  const wide = [n, c, h, strides[0], w, strides[1]]
  const apart = out.make("pad", [out.reshape(x, [n, c, h, 1, w, 1])], { low: wide.map(() => 0), high: [0, 0, 0, strides[0] - 1, 0, strides[1] - 1], value: 0 }, wide)
  return out.reshape(apart, [n, c, h * strides[0], w * strides[1]])
}

/** In and out exchanged within each group, turned by half: [O, C / groups, kh, kw] -> [C, O / groups, kh, kw]. */
const turned = (out: Expander, w: number, groups: number): number => {
  const [o, perGroup, kh, kw] = four(out.shape(w))
  const grouped = out.reshape(w, [groups, o / groups, perGroup, kh, kw])
  const exchanged = out.make("transpose", [grouped], { permutation: [0, 2, 1, 3, 4] }, [groups, perGroup, o / groups, kh, kw])
  const shape = [groups * perGroup, o / groups, kh, kw]
  return [2, 3].reduce((x, axis) => {
    const extent = must(shape[axis], "extent")
    if (extent === 1) return x
    const backwards = ndarray("i32", [extent], Int32Array.from({ length: extent }, (_, i) => extent - 1 - i))
    return out.make("gather", [x, out.make("constant", [], { value: backwards }, [extent], "i32")], { axis }, shape)
  }, out.reshape(exchanged, shape))
}

/** A convolution as steps of which none is `conv2d_input_gradient` and none pads by itself. */
export const expandConvolution = (
  out: Expander,
  step: StepOf<"conv2d" | "conv2d_input_gradient" | "conv2d_filter_gradient">,
  a: number,
  b: number,
): number => {
  const { attrs, shape } = step
  if (step.op === "conv2d") return out.make("conv2d", [framed(out, a, attrs.low, attrs.high), b], bare(attrs), shape)
  if (step.op === "conv2d_filter_gradient") {
    return filterGradient(out, framed(out, a, attrs.low, attrs.high), b, { ...bare(attrs), size: step.attrs.size }, shape)
  }
  const wide = spread(out, a, attrs.strides)
  const filter = out.shape(b)
  const spans = perAxis((i) => spanOf(must(filter[2 + i], "window"), attrs.dilations[i]))
  const before = perAxis((i) => spans[i] - 1 - attrs.low[i])
  const behind = perAxis((i) => step.attrs.size[i] + spans[i] - 1 - before[i] - must(out.shape(wide)[2 + i], "extent"))
  return out.make("conv2d", [framed(out, wide, before, behind), turned(out, b, attrs.groups)], { ...bare(attrs), strides: [1, 1] }, shape)
}

/** A sum over many elements is done image by image first: more threads, and rounding that does not grow with the batch. */
const longSum = 2048

const filterGradient = (out: Expander, x: number, dy: number, attrs: Convolution & { readonly size: Pair }, shape: Shape): number => {
  const [n, c, h, w] = four(out.shape(x))
  const [, o, rows, columns] = four(out.shape(dy))
  if (n === 1 || n * rows * columns < longSum) return out.make("conv2d_filter_gradient", [x, dy], attrs, shape)
  const images = [out.reshape(x, [1, n * c, h, w]), out.reshape(dy, [1, n * o, rows, columns])]
  const apart = out.make("conv2d_filter_gradient", images, { ...attrs, groups: n * attrs.groups }, [n * o, ...shape.slice(1)])
  return out.sum(out.reshape(apart, [n, ...shape]), { axes: [0], keepDims: false }, shape, "f32")
}

/** Taps, or neighbouring places, written out in one turn of a loop. */
const mostWrittenOut = 9

/** `total` over all `extents`, the last ones written out as far as they stay few. */
const products = (reader: Reader, level: number, extents: readonly number[], term: (at: readonly Form[]) => readonly [string, string]): string => {
  const total = reader.body.declare(level, "0.0")
  const written = (at: readonly Form[], rest: readonly number[], inner: number): void => {
    const [extent, ...more] = rest
    if (extent === undefined) {
      const [a, b] = term(at)
      reader.body.line(inner, `${total} = ${total} + ${a} * ${b};`)
    } else if (rest.reduce((n, e) => n * e, 1) <= mostWrittenOut) {
      for (let i = 0; i < extent; i++) written([...at, constantForm(i)], more, inner)
    } else {
      reader.body.loop(inner, extent, (counter, deeper) => written([...at, counter], more, deeper))
    }
  }
  written([], extents, level)
  return total
}

/** Writes the element at `coords` of an unpadded convolution, or of its gradient by the filter. */
export const writeConvolution = (reader: Reader, step: StepOf<"conv2d" | "conv2d_filter_gradient">, coords: readonly Form[], level: number): string => {
  const [x, other] = [must(step.args[0], "argument"), must(step.args[1], "argument")]
  const { strides, dilations, groups } = step.attrs
  const [first, second, third, fourth] = coords as readonly [Form, Form, Form, Form]
  const shape = reader.step(other).shape
  const outer = step.op === "conv2d" ? must(shape[0], "filters") : must(step.shape[0], "filters")
  const perGroup = must((step.op === "conv2d" ? shape : step.shape)[1], "channels of a group")
  const filter = step.op === "conv2d" ? second : first
  const group = groups === 1 ? constantForm(0) : reader.body.atoms.divide(filter, outer / groups)[0]
  const channel = (within: Form): Form => sum(scale(group, perGroup), within)
  const under = (axis: 0 | 1, place: Form, tap: Form): Form => sum(scale(place, strides[axis]), scale(tap, dilations[axis]))
  if (step.op === "conv2d") {
    return products(reader, level, shape.slice(1), (at) => {
      const [within, down, right] = at as readonly [Form, Form, Form]
      return [reader.read(x, [first, channel(within), under(0, third, down), under(1, fourth, right)]), reader.read(other, [second, ...at])]
    })
  }
  const [images, , rows, columns] = four(shape)
  return products(reader, level, [images, rows, columns], (at) => {
    const [image, row, column] = at as readonly [Form, Form, Form]
    return [reader.read(x, [image, channel(second), under(0, row, third), under(1, column, fourth)]), reader.read(other, [image, first, row, column])]
  })
}
