/** Small applications: convolutions and their adjoints. */
import { apply } from "../../../../src/tensor/apply.ts"
import { conv1d, conv2d, convTranspose2d } from "../../../../src/tensor/convolution.ts"
import type { ConvolutionOps } from "../../../../src/tensor/op/convolution.ts"
import { u, v, type CaseTable } from "./case.ts"

const plain = { strides: [1, 1], low: [0, 0], high: [0, 0], dilations: [1, 1], groups: 1 } as const

export const convolutionCases: CaseTable<ConvolutionOps> = {
  conv2d: [
    [[u(2, 2, 3, 3), v(3, 2, 2, 2)], (a, b) => conv2d(a, b)],
    [[u(1, 2, 4, 5), v(2, 2, 3, 3)], (a, b) => conv2d(a, b, { padding: "same" })],
    [[u(1, 1, 5, 4), v(1, 1, 2, 3)], (a, b) => conv2d(a, b, { stride: [2, 1], padding: [[0, 1], [2, 0]] })],
    [[u(1, 1, 5, 5), v(1, 1, 2, 2)], (a, b) => conv2d(a, b, { dilation: [2, 3], padding: 1 })],
    [[u(1, 4, 3, 3), v(2, 2, 2, 2)], (a, b) => conv2d(a, b, { groups: 2 })],
    [[u(1, 2, 3, 3), v(4, 1, 2, 2)], (a, b) => conv2d(a, b, { groups: 2, stride: 2, padding: 1 })],
    [[u(2, 2, 5), v(2, 2, 3)], (a, b) => conv1d(a, b, { padding: [2, 0] })],
  ],
  conv2d_input_gradient: [
    [[u(1, 2, 2, 2), v(2, 3, 2, 2)], (a, b) => convTranspose2d(a, b)],
    [[u(1, 2, 2, 2), v(2, 1, 3, 3)], (a, b) => convTranspose2d(a, b, { stride: 2, padding: 1, outputPadding: 1 })],
    [[u(1, 4, 2, 3), v(4, 1, 2, 2)], (a, b) => convTranspose2d(a, b, { stride: [2, 1], dilation: [1, 2], groups: 2 })],
  ],
  conv2d_filter_gradient: [
    [[u(2, 2, 3, 3), v(2, 1, 2, 2)], (a, b) => apply("conv2d_filter_gradient", [a, b], { ...plain, size: [2, 2] })],
    [
      [u(1, 2, 4, 4), v(1, 2, 2, 2)],
      (a, b) => apply("conv2d_filter_gradient", [a, b], { ...plain, strides: [2, 2], low: [1, 1], groups: 2, size: [2, 3] }),
    ],
  ],
}
