/** Gradient rules: ops that read and add by index. */
import { full } from "../cotangent.ts"
import { cast, div, eq, max, mul } from "../elementwise.ts"
import { gather, putAlong, scatterAdd, takeAlong } from "../indexing.ts"
import type { Rules } from "./rule.ts"
import type { IndexingOps } from "../op/indexing.ts"

export const indexingRules: Rules<IndexingOps> = {
  gather: ({ a, b, y, dy, attrs: { axis } }) => [scatterAdd(b, full(dy, y.shape), axis, a.shape[axis] as number)],
  scatter_add: ({ a, y, dy, attrs: { axis } }) => [undefined, gather(full(dy, y.shape), a, axis)],
  scatter_max: ({ a, b, y, dy, attrs: { axis, size } }) => {
    const largest = cast(eq(b, gather(y, a, axis)), "f32")
    const share = div(full(dy, y.shape), max(scatterAdd(a, largest, axis, size), 1))
    return [undefined, mul(largest, gather(share, a, axis))]
  },
  take_along: ({ a, b, y, dy, attrs: { axis } }) => [putAlong(b, full(dy, y.shape), axis, a.shape[axis] as number)],
  put_along: ({ a, y, dy, attrs: { axis } }) => [undefined, takeAlong(full(dy, y.shape), a, axis)],
}
