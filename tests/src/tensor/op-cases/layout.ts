/** Small applications: ops that move or repeat elements. */
import * as e from "../../../../src/tensor/elementwise.ts"
import { reduceSum } from "../../../../src/tensor/reduce.ts"
import { broadcastTo, concat, pad, reshape, slice, split, stack, transpose } from "../../../../src/tensor/reshape.ts"
import type { LayoutOps } from "../../../../src/tensor/op/layout.ts"
import { u, v, type CaseTable } from "./case.ts"

export const layoutCases: CaseTable<LayoutOps> = {
  reshape: [
    [[u(2, 3)], (a) => reshape(a, [3, -1])],
    [[u(1)], (a) => reshape(a, [])],
  ],
  transpose: [
    [[u(2, 3, 4)], (a) => transpose(a, [2, 0, 1])],
    [[u(2, 3, 1)], (a) => transpose(a)],
    [[u(2, 3)], (a) => e.mul(reduceSum(transpose(a), 0), 2)],
  ],
  broadcast: [
    [[u(3, 1)], (a) => broadcastTo(a, [2, 3, 4])],
    [[u()], (a) => broadcastTo(a, [2])],
  ],
  slice: [
    [[u(5, 3)], (a) => slice(a, { axis: 0, start: 1, end: 4 }, { axis: -1, start: -1 })],
    [[u(7, 3)], (a) => slice(a, { axis: 0, start: 1, step: 3 }, { axis: 1, step: 2 })],
    [[u(6)], (a) => slice(a, { axis: 0, step: 5, end: 6 })],
    [[u(2, 6)], (a) => split(a, 3).reduce((x, y) => e.mul(x, y))],
    [
      [u(2, 6)],
      (a) =>
        split(a, [1, 2, 3])
          .map((x) => reduceSum(x, 1))
          .reduce((x, y) => e.mul(x, y)),
    ],
    [[u(2, 6)], (a) => slice(a, { axis: 1, start: 3, end: 3 })],
  ],
  pad: [
    [[u(2, 3)], (a) => pad(a, [1, 0], [0, 2], 7)],
    [[u(1)], (a) => pad(a, [0], [3])],
  ],
  concat: [
    [[u(2, 3), v(2, 1)], (a, b) => concat([a, b, a])],
    [[u(2, 3), v(1, 3)], (a, b) => concat([a, b], 0)],
    [[u(2), v(2)], (a, b) => stack([a, b], -1)],
  ],
}
