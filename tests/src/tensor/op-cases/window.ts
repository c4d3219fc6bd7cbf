/** Small applications: windows over the last two axes, and pooling. */
import { avgPool2d, fold, maxPool2d, unfold } from "../../../../src/tensor/pooling.ts"
import type { WindowOps } from "../../../../src/tensor/op/window.ts"
import { spaced, u, type CaseTable } from "./case.ts"

export const windowCases: CaseTable<WindowOps> = {
  unfold: [
    [[u(2, 4, 5)], (a) => unfold(a, [2, 3])],
    [[u(5, 5)], (a) => unfold(a, 2, { stride: [2, 1], dilation: [1, 3], padding: 1, value: 3 })],
    [[spaced(2, 4, 4)], (a) => maxPool2d(a, 2)],
    [[spaced(1, 4, 5)], (a) => maxPool2d(a, 3, { stride: 2, padding: 1 })],
    [[u(2, 4, 4)], (a) => avgPool2d(a, 3, { stride: 1, padding: "same", countIncludePad: false })],
    [[u(5, 4)], (a) => avgPool2d(a, [2, 1], { padding: [[0, 1], [0, 0]] })],
  ],
  fold: [
    [[u(2, 2, 2, 3)], (a) => fold(a, [3, 4], { stride: 1 })],
    [[u(2, 3, 2, 2, 2)], (a) => fold(a, [5, 4], { stride: 2, padding: [[1, 0], [1, 0]] })],
    [[u(2, 2, 2, 2)], (a) => fold(a, [4, 5], { stride: 2 })],
  ],
}
