/** Generated cases: windows over the last two axes. */
import type fc from "fast-check"
import type { Dtype } from "../../../../src/base/ndarray.ts"
import type { Random } from "../../../../src/base/random.ts"
import type { Pair } from "../../../../src/tensor/op/convolution.ts"
import type { Windows, WindowOps } from "../../../../src/tensor/op/window.ts"
import { placesOf } from "../../../../src/tensor/window.ts"
import type { Case } from "../conformance/case.ts"
import { anyDtype, type GeneratedTable, movable, numberDtype, numeric, row, shape } from "./arbitrary.ts"
import { extentsFor, walkParts } from "./convolution.ts"

interface Site {
  readonly attrs: Windows
  readonly extents: Pair
  readonly image: readonly number[]
  readonly windows: readonly number[]
}

const windowed = <Attrs>(dtype: typeof anyDtype, make: (site: Site, dtype: Dtype, random: Random) => Case<Attrs>): fc.Arbitrary<Case<Attrs>> =>
  row({ ...walkParts, front: shape({ rank: [0, 2], most: 6 }), dtype }, ({ front, dtype, window, strides, dilations, spare }, random) => {
    const walk = { strides, dilations, low: [0, 0], high: [0, 0] } as const
    const extents = extentsFor({ window, spare, ...walk })
    const site = { attrs: { size: window, strides, dilations }, extents, image: [...front, ...extents], windows: [...front, ...placesOf(extents, window, walk), ...window] }
    return make(site, dtype, random)
  })

export const window: GeneratedTable<WindowOps> = {
  unfold: windowed(anyDtype, ({ attrs, image }, dtype, random) => ({ attrs, args: [movable(random, image, dtype)] })),
  fold: windowed(numberDtype, ({ attrs, extents, windows }, dtype, random) => ({ attrs: { ...attrs, extents }, args: [numeric(random, windows, dtype === "i32" ? "i32" : "f32")] })),
}
