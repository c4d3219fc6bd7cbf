/** Conformance cases of windows over the last two axes. */
import type { Shape } from "../../../../src/base/ndarray.ts"
import type { OpName } from "../../../../src/tensor/op.ts"
import type { Pair } from "../../../../src/tensor/op/convolution.ts"
import type { Windows } from "../../../../src/tensor/op/window.ts"
import { perAxis, placesOf } from "../../../../src/tensor/window.ts"
import type { CaseTable } from "./case.ts"
import { bools, floats, ints } from "./values.ts"

/** Shape of the image, and the windows over it: touching, overlapping, apart, dilated, with rows left over. */
const walks: readonly (readonly [Shape, Partial<Windows>])[] = [
  [[4, 6], { size: [2, 3], strides: [2, 3] }],
  [[2, 5, 7], { size: [2, 2], strides: [2, 2] }],
  [[3, 5, 5], { size: [3, 3] }],
  [[2, 3, 6, 7], { size: [3, 2], strides: [2, 1] }],
  [[7, 7], { size: [2, 3], dilations: [3, 2] }],
  [[8, 5], { size: [2, 1], strides: [5, 2] }],
  [[2, 1, 9], { size: [1, 4], strides: [1, 3], dilations: [1, 2] }],
  [[3, 3], { size: [1, 1] }],
  [[3, 4], { size: [3, 4] }],
  [[0, 4, 4], { size: [2, 2] }],
  [[13, 33, 17], { size: [3, 3], strides: [2, 2] }],
]
const plain: Windows = { size: [1, 1], strides: [1, 1], dilations: [1, 1] }
const sites = walks.map(([shape, some]) => {
  const attrs = { ...plain, ...some }
  const extents: Pair = [shape.at(-2)!, shape.at(-1)!]
  const places = placesOf(extents, attrs.size, { ...attrs, low: perAxis(() => 0), high: perAxis(() => 0) })
  return { attrs, shape, extents, windows: [...shape.slice(0, -2), ...places, ...attrs.size] }
})

export const windowCases = {
  unfold: (random) => [
    ...sites.map(({ attrs, shape }, i) => ({ attrs, args: [floats(random.fork(`${i}`), shape)] })),
    ...sites.slice(1, 3).map(({ attrs, shape }, i) => ({ attrs, args: [ints(random.fork(`i${i}`), shape, -9, 9)] })),
    ...sites.slice(1, 3).map(({ attrs, shape }, i) => ({ attrs, args: [bools(random.fork(`b${i}`), shape)] })),
  ],
  fold: (random) => [
    ...sites.map(({ attrs, extents, windows }, i) => ({ attrs: { ...attrs, extents }, args: [floats(random.fork(`${i}`), windows)] })),
    ...sites.slice(1, 3).map(({ attrs, extents, windows }, i) => ({ attrs: { ...attrs, extents }, args: [ints(random.fork(`i${i}`), windows, -9, 9)] })),
  ],
} satisfies Partial<CaseTable<OpName>>
