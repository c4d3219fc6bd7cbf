/** The values of composed functions and of the interpreter itself, against figures known from elsewhere. */
import { describe, expect, test } from "vitest"
import { gelu, logSoftmax, relu, sigmoid, softmax } from "../../../src/tensor/activation.ts"
import * as e from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gather, oneHot, putAlong, scatterAdd, takeAlong } from "../../../src/tensor/indexing.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { argmax, cumsum, logSumExp, mean, reduceMax, reduceMin, reduceSum, variance } from "../../../src/tensor/reduce.ts"
import { floor, sign } from "../../../src/tensor/rounding.ts"
import { concat, pad, repeatInterleave, reshape, slice, split, stack, transpose } from "../../../src/tensor/reshape.ts"
import { iota } from "../../../src/tensor/source.ts"
import { erf } from "../../support/interpreter.ts"
import { f, i, valuesOf } from "../../support/traced-values.ts"

const grid = f([2, 3], 1, 2, 3, 4, 5, 6)

describe("exact values", () => {
  const table: Readonly<Record<string, readonly [Expr, readonly number[]]>> = {
    "integer arithmetic": [e.add(e.mul(i([2], 3, -4), 2), 1), [7, -7]],
    "cast truncates towards zero": [e.cast(f([3], 2.7, -2.7, 0), "i32"), [2, -2, 0]],
    "cast to bool": [e.cast(f([3], 0.5, 0, -1), "bool"), [1, 0, 1]],
    comparison: [e.and(e.ge(grid, 2), e.ne(grid, f([2, 1], 3, 5))), [0, 1, 0, 1, 0, 1]],
    "or and not": [e.or(e.not(e.lt(grid, 3)), e.le(grid, 1)), [1, 0, 1, 1, 1, 1]],
    "where of two numbers": [e.where(e.gt(grid, 3), 1, -1), [-1, -1, -1, 1, 1, 1]],
    "clip, floor, sign": [sign(floor(e.clip(f([4], -9, -0.5, 0.5, 9), -1, 1))), [-1, -1, 0, 1]],
    "reciprocal, square, rsqrt, div": [
      concat([e.reciprocal(f([1], 4)), e.square(f([1], 3)), e.rsqrt(f([1], 4)), e.div(1, f([1], 8))]),
      [0.25, 9, 0.5, 0.125],
    ],
    power: [e.pow(2, f([3], 0, 3, -1)), [1, 8, 0.5]],
    "matmul and its flags": [
      e.sub(matmul(grid, grid, { transposeB: true }), matmul(transpose(grid), grid, { transposeA: true, transposeB: true })),
      [0, 0, 0, 0],
    ],
    matmul: [matmul(grid, f([3, 1], 1, 0, -1)), [-2, -2]],
    sums: [concat([reduceSum(grid, 0), reduceSum(grid, 1), reshape(reduceSum(grid), [1])]), [5, 7, 9, 6, 15, 21]],
    extremes: [concat([reduceMax(grid, 0), reduceMin(grid, 1)]), [4, 5, 6, 1, 4]],
    "mean and biased variance": [stack([mean(f([4], 1, 2, 3, 6)), variance(f([4], 1, 2, 3, 6))]), [3, 3.5]],
    "argmax takes the first of equals": [argmax(f([2, 3], 1, 5, 5, 2, 2, 0)), [1, 0]],
    cumsum: [cumsum(grid, 0), [1, 2, 3, 5, 7, 9]],
    transpose: [transpose(grid), [1, 4, 2, 5, 3, 6]],
    slices: [slice(grid, { axis: 0, start: -1 }, { axis: 1, step: 2 }), [4, 6]],
    padding: [pad(f([2], 1, 2), [1], [2], 9), [9, 1, 2, 9, 9]],
    "split and concat": [concat([...split(grid, [1, 2])].reverse()), [2, 3, 1, 5, 6, 4]],
    stack: [stack([f([2], 1, 2), f([2], 3, 4)], 1), [1, 3, 2, 4]],
    "repeat-interleave": [repeatInterleave(f([2], 1, 2), 3), [1, 1, 1, 2, 2, 2]],
    gather: [gather(grid, i([2], 2, 0), 1), [3, 1, 6, 4]],
    "scatter-add": [scatterAdd(i([3], 1, 1, 0), f([3, 2], 1, 2, 3, 4, 5, 6), 0, 3), [5, 6, 4, 6, 0, 0]],
    "take-along": [takeAlong(grid, i([2, 1], 2, 0)), [3, 4]],
    "put-along": [putAlong(i([2, 2], 0, 0, 1, 2), f([2, 2], 1, 2, 3, 4), 1, 3), [3, 0, 0, 0, 3, 4]],
    "one-hot": [oneHot(i([2], 2, 0), 3), [0, 0, 1, 1, 0, 0]],
    iota: [iota([2, 2], 0), [0, 0, 1, 1]],
    relu: [relu(f([3], -1, 0, 2)), [0, 0, 2]],
  }
  for (const [name, [y, expected]] of Object.entries(table)) test(name, () => expect(valuesOf(y)).toEqual(expected))
})

describe("values to six digits", () => {
  const table: Readonly<Record<string, readonly [Expr, readonly number[]]>> = {
    softmax: [softmax(f([3], 1, 2, 3)), [0.0900306, 0.2447285, 0.6652409]],
    "softmax of large numbers": [softmax(f([2], 1000, 999)), [0.7310586, 0.2689414]],
    "log-softmax": [logSoftmax(f([3], 1, 2, 3)), [-2.4076059, -1.4076059, -0.4076059]],
    "log-sum-exp": [logSumExp(f([2], 1000, 1000)), [1000.6931472]],
    sigmoid: [sigmoid(f([3], -100, 0, 2)), [0, 0.5, 0.8807971]],
    "gelu, exact": [gelu(f([3], -1, 0, 1)), [-0.1586553, 0, 0.8413447]],
    "gelu, tanh": [gelu(f([3], -1, 0, 1), "tanh"), [-0.158808, 0, 0.841192]],
  }
  for (const [name, [y, expected]] of Object.entries(table))
    test(name, () => valuesOf(y).forEach((value, k) => expect(value).toBeCloseTo(expected[k] as number, 4)))
})

test("the interpreter's erf has float64 precision", () => {
  const known = [
    [0.1, 0.1124629160182849],
    [1, 0.8427007929497149],
    [2.4, 0.9993114861033549],
    [2.6, 0.9997639655834707],
    [4, 0.9999999845827421],
    [-1, -0.8427007929497149],
  ] as const
  for (const [x, value] of known) expect(Math.abs(erf(x) - value)).toBeLessThan(2e-14)
})

test("an index out of range is refused by the interpreter", () => {
  expect(() => valuesOf(gather(grid, i([1], 2)))).toThrow("index 2 out of range 0..1")
})
