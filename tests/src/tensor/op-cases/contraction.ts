/** Small applications: ops that combine elements along axes: products, reductions, scans, softmax. */
import * as e from "../../../../src/tensor/elementwise.ts"
import { logSoftmax, softmax } from "../../../../src/tensor/activation.ts"
import { sort, topK } from "../../../../src/tensor/order.ts"
import { matmul } from "../../../../src/tensor/linear-algebra.ts"
import { argmax, cumsum, reduceMax, reduceMin, reduceSum } from "../../../../src/tensor/reduce.ts"
import type { ContractionOps } from "../../../../src/tensor/op/contraction.ts"
import { spaced, u, v, type CaseTable } from "./case.ts"

export const contractionCases: CaseTable<ContractionOps> = {
  matmul: [
    [[u(2, 3), v(3, 4)], (a, b) => matmul(a, b)],
    [[u(3, 2), v(3, 4)], (a, b) => matmul(a, b, { transposeA: true })],
    [[u(2, 3), v(4, 3)], (a, b) => matmul(a, b, { transposeB: true })],
    [[u(3, 2), v(4, 3)], (a, b) => matmul(a, b, { transposeA: true, transposeB: true })],
    [[u(2, 2, 3), v(3, 4)], (a, b) => matmul(a, b)],
    [[u(2, 2, 3), v(4, 3)], (a, b) => matmul(a, b, { transposeB: true })],
    [[u(2, 3, 2), v(3, 4)], (a, b) => matmul(a, b, { transposeA: true })],
    [[u(3, 2), v(2, 3, 4)], (a, b) => matmul(a, b, { transposeA: true })],
    [[u(2, 1, 2, 3), v(2, 3, 1)], (a, b) => matmul(a, b)],
    [[u(2, 2, 3), v(2, 1, 3)], (a, b) => matmul(a, b, { transposeB: true })],
    [[u(1, 1), v(1, 1)], (a, b) => matmul(a, b)],
    [[u(2, 3, 0), v(0, 4)], (a, b) => matmul(a, b)],
  ],
  reduce_sum: [
    [[u(2, 3, 2)], (a) => reduceSum(a)],
    [[u(2, 3, 2)], (a) => reduceSum(a, 1)],
    [[u(2, 3, 2)], (a) => reduceSum(a, [0, -1], true)],
    [[u(2, 3, 2)], (a) => e.mul(reduceSum(a, [0, 1]), reduceSum(a, 0))],
    [[u(1, 3)], (a) => reduceSum(a, 0)],
    [[u()], (a) => reduceSum(a)],
  ],
  reduce_max: [
    [[spaced(2, 3, 2)], (a) => reduceMax(a)],
    [[spaced(2, 3, 2)], (a) => reduceMax(a, 1)],
    [[spaced(2, 3, 2)], (a) => reduceMax(a, [0, 2], true)],
    [[spaced(2, 3)], (a) => reduceMin(a, -1)],
    [[spaced(1, 3)], (a) => reduceMax(a, 0)],
  ],
  argmax: [[[spaced(2, 3)], (a) => e.mul(a, e.cast(argmax(a, 0), "f32"))]],
  top_k: [
    [[spaced(2, 3)], (a) => sort(a)],
    [[spaced(2, 3, 2)], (a) => sort(a, 1, { descending: true })],
    [[spaced(4)], (a) => topK(a, 2).values],
    [[spaced(3, 2)], (a) => topK(a, 1, 0, false).values],
  ],
  cumsum: [
    [[u(2, 3, 2)], (a) => cumsum(a, 1)],
    [[u(4)], (a) => cumsum(a)],
    [[u(2, 1)], (a) => cumsum(a, 1)],
    [[u(2, 3)], (a) => cumsum(a, 1, { exclusive: true })],
    [[u(3, 2)], (a) => cumsum(a, 0, { reverse: true })],
    [[u(4)], (a) => cumsum(a, 0, { exclusive: true, reverse: true })],
  ],
  softmax: [
    [[u(2, 3)], (a) => softmax(a)],
    [[u(2, 3, 2)], (a) => softmax(a, 1)],
    [[u(3, 1)], (a) => softmax(a)],
  ],
  log_softmax: [
    [[u(2, 3)], (a) => logSoftmax(a)],
    [[u(2, 3, 2)], (a) => logSoftmax(a, 0)],
    [[u(3, 1)], (a) => logSoftmax(a)],
  ],
}
