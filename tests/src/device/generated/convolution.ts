/** Generated cases: convolutions and their adjoints. */
import fc from "fast-check"
import type { Random } from "../../../../src/base/random.ts"
import type { Convolution, ConvolutionOps, Pair } from "../../../../src/tensor/op/convolution.ts"
import { perAxis, placesOf, spanOf } from "../../../../src/tensor/window.ts"
import type { Case } from "../conformance/case.ts"
import { floats } from "../conformance/values.ts"
import { type GeneratedTable, row } from "./arbitrary.ts"

const from = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })
const pair = (min: number, max: number): fc.Arbitrary<Pair> => fc.tuple(from(min, max), from(min, max))

export const walkParts = { window: pair(1, 3), strides: pair(1, 3), low: pair(0, 2), high: pair(0, 2), dilations: pair(1, 2), spare: pair(0, 6) }
type Walking = { readonly [Part in keyof typeof walkParts]: Pair }

/** Extents that the window fits into, with `spare` rows and columns more. */
export const extentsFor = ({ window, low, high, dilations, spare }: Walking): Pair =>
  perAxis((i) => Math.max(spanOf(window[i], dilations[i]) - low[i] - high[i], 1) + spare[i])

const walked = <Attrs>(
  make: (attrs: Convolution, shapes: { readonly x: readonly number[]; readonly w: readonly number[]; readonly y: readonly number[] }, random: Random) => Case<Attrs>,
): fc.Arbitrary<Case<Attrs>> =>
  row({ ...walkParts, images: from(0, 3), groups: from(1, 3), inner: from(1, 3), outer: from(1, 3) }, ({ images, groups, inner, outer, window, spare, ...walk }, random) => {
    const extents = extentsFor({ window, spare, ...walk })
    const [x, w] = [[images, inner * groups, ...extents], [outer * groups, inner, ...window]]
    return make({ ...walk, groups }, { x, w, y: [images, outer * groups, ...placesOf(extents, window, walk)] }, random)
  })

const size = (shape: readonly number[]): Pair => perAxis((i) => shape[2 + i]!)

export const convolution: GeneratedTable<ConvolutionOps> = {
  conv2d: walked((attrs, { x, w }, random) => ({ attrs, args: [floats(random.fork("x"), x), floats(random.fork("w"), w)] })),
  conv2d_input_gradient: walked((attrs, { x, w, y }, random) => ({
    attrs: { ...attrs, size: size(x) },
    args: [floats(random.fork("y"), y), floats(random.fork("w"), w)],
  })),
  conv2d_filter_gradient: walked((attrs, { x, w, y }, random) => ({
    attrs: { ...attrs, size: size(w) },
    args: [floats(random.fork("x"), x), floats(random.fork("y"), y)],
  })),
}
