/** Small applications: ops that read and add by index. */
import { gather, putAlong, scatterAdd, takeAlong } from "../../../../src/tensor/indexing.ts"
import { integers } from "../finite-difference.ts"
import type { IndexingOps } from "../../../../src/tensor/op/indexing.ts"
import { indices, u, type CaseTable } from "./case.ts"

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
  take_along: [
    [[u(2, 4), indices], (a, i) => takeAlong(a, i)],
    [[u(4, 2), indices], (a, i) => takeAlong(a, i, 0)],
  ],
  put_along: [
    [[u(2, 2), indices], (a, i) => putAlong(i, a, 1, 4)],
    [[u(2, 2), indices], (a, i) => putAlong(i, a, 0, 5)],
  ],
}
