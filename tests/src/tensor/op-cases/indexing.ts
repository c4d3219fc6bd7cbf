/** Small applications: ops that read and add by index. */
import { lt, where } from "../../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../../src/tensor/expr.ts"
import { gather, putAlong, scatterAdd, scatterMax, takeAlong } from "../../../../src/tensor/indexing.ts"
import { integers } from "../finite-difference.ts"
import type { IndexingOps } from "../../../../src/tensor/op/indexing.ts"
import { indices, spaced, u, type CaseTable } from "./case.ts"

/** Without the infinities of places that nothing was put in. */
const reached = (x: Expr): Expr => where(lt(x, -1e30), 0.5, x)

export const indexingCases: CaseTable<IndexingOps> = {
  gather: [
    [[u(4, 3), indices], (a, i) => gather(a, i)],
    [[u(2, 4, 3), indices], (a, i) => gather(a, i, 1)],
    [[u(4), integers([], [2])], (a, i) => gather(a, i)],
  ],
  scatter_add: [
    [[u(2, 2, 3), indices], (a, i) => scatterAdd(i, a, 0, 5)],
    [[u(2, 2, 2), indices], (a, i) => scatterAdd(i, a, 1, 4)],
  ],
  scatter_max: [
    [[spaced(2, 2, 3), indices], (a, i) => reached(scatterMax(i, a, 0, 5))],
    [[spaced(2, 2, 2), indices], (a, i) => reached(scatterMax(i, a, 1, 4))],
    [[spaced(4), integers([4], [1, 1, 0, 1])], (a, i) => scatterMax(i, a, 0, 2)],
  ],
  take_along: [
    [[u(2, 4), indices], (a, i) => takeAlong(a, i)],
    [[u(4, 2), indices], (a, i) => takeAlong(a, i, 0)],
  ],
  put_along: [
    [[u(2, 2), indices], (a, i) => putAlong(i, a, 1, 4)],
    [[u(2, 2), indices], (a, i) => putAlong(i, a, 0, 5)],
  ],
}
