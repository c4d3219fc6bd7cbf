/** Conformance cases of convolutions and their adjoints: strides, uneven padding, dilation, groups, and images of nothing. */
import type { Shape } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { OpName } from "../../../../src/tensor/op.ts"
import type { Convolution, Pair } from "../../../../src/tensor/op/convolution.ts"
import { perAxis, placesOf } from "../../../../src/tensor/window.ts"
import type { CaseTable } from "./case.ts"
import { floats } from "./values.ts"

const plain: Convolution = { strides: [1, 1], low: [0, 0], high: [0, 0], dilations: [1, 1], groups: 1 }

/** Shapes of image and filter, and the walk. */
const walks: readonly (readonly [x: Shape, w: Shape, walk: Partial<Convolution>])[] = [
  [[1, 1, 3, 3], [1, 1, 1, 1], {}],
  [[2, 3, 5, 7], [4, 3, 3, 3], {}],
  [[2, 3, 5, 7], [5, 3, 3, 3], { low: [1, 1], high: [1, 1] }],
  [[3, 2, 8, 8], [4, 2, 3, 3], { strides: [2, 2], low: [1, 1], high: [1, 1] }],
  [[2, 2, 7, 6], [3, 2, 2, 3], { strides: [2, 3], low: [0, 2], high: [1, 0] }],
  [[1, 2, 9, 9], [2, 2, 3, 2], { dilations: [2, 3], low: [2, 0], high: [1, 3] }],
  [[1, 1, 11, 7], [1, 1, 3, 3], { dilations: [3, 1], strides: [2, 2], low: [3, 1], high: [2, 2] }],
  [[2, 4, 5, 5], [6, 2, 3, 3], { groups: 2, low: [1, 1], high: [1, 1] }],
  [[2, 6, 6, 5], [6, 1, 3, 3], { groups: 6, low: [1, 1], high: [1, 1] }],
  [[1, 3, 6, 6], [9, 1, 2, 2], { groups: 3, strides: [2, 2] }],
  [[2, 3, 4, 4], [5, 3, 1, 1], {}],
  [[2, 3, 5, 5], [5, 3, 1, 1], { strides: [2, 2] }],
  [[1, 2, 1, 13], [3, 2, 1, 5], { low: [0, 4], high: [0, 0] }],
  [[2, 2, 3, 3], [2, 2, 3, 3], { low: [4, 3], high: [3, 4] }],
  [[37, 2, 8, 9], [3, 2, 3, 3], { low: [1, 1], high: [1, 1] }],
  [[2, 17, 6, 6], [19, 17, 3, 3], { low: [1, 1], high: [1, 1] }],
  [[0, 2, 5, 5], [3, 2, 3, 3], {}],
]

interface Site {
  readonly attrs: Convolution
  readonly x: Shape
  readonly w: Shape
  readonly y: Shape
}

const pair = (shape: Shape): Pair => perAxis((i) => shape[2 + i]!)
const sites: readonly Site[] = walks.map(([x, w, walk]) => {
  const attrs = { ...plain, ...walk }
  return { attrs, x, w, y: [x[0]!, w[0]!, ...placesOf(pair(x), pair(w), attrs)] }
})
const cases =
  <A>(make: (site: Site, random: Random) => A) =>
  (random: Random): readonly A[] =>
    sites.map((site, i) => make(site, random.fork(`${i}`)))

export const convolutionCases = {
  conv2d: cases(({ attrs, x, w }, random) => ({ attrs, args: [floats(random.fork("x"), x), floats(random.fork("w"), w)] })),
  conv2d_input_gradient: cases(({ attrs, x, w, y }, random) => ({
    attrs: { ...attrs, size: pair(x) },
    args: [floats(random.fork("y"), y), floats(random.fork("w"), w)],
  })),
  conv2d_filter_gradient: cases(({ attrs, x, w, y }, random) => ({
    attrs: { ...attrs, size: pair(w) },
    args: [floats(random.fork("x"), x), floats(random.fork("y"), y)],
  })),
} satisfies Partial<CaseTable<OpName>>
