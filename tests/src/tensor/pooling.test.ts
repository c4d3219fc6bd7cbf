/** Windows and pooling, by figures worked out by hand; what they refuse; whom ties give their gradient. */
import { describe, expect, test } from "vitest"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { avgPool2d, fold, globalAvgPool, globalMaxPool, maxPool2d, unfold } from "../../../src/tensor/pooling.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { f, valuesOf } from "../../support/traced-values.ts"

const image = f([3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9)
const close = (values: readonly number[]) => values.map((x) => expect.closeTo(x, 5))

describe("values", () => {
  test("unfold lists what is under each window, row by row", () => {
    expect(unfold(image, 2).shape).toEqual([2, 2, 2, 2])
    expect(valuesOf(unfold(image, 2))).toEqual([1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9])
    expect(valuesOf(unfold(image, 2, { dilation: 2, padding: [[0, 1], [1, 0]], value: 0.5 }))).toEqual([0.5, 2, 0.5, 8, 1, 3, 7, 9, 0.5, 5, 0.5, 0.5, 4, 6, 0.5, 0.5])
  })
  test("fold adds what unfold took: each element as often as windows see it", () => {
    expect(valuesOf(fold(unfold(f([3, 3], ...Array(9).fill(1)), 2), [3, 3]))).toEqual([1, 2, 1, 2, 4, 2, 1, 2, 1])
    expect(valuesOf(fold(unfold(image, 3, { padding: 1, stride: 2 }), [3, 3], { padding: 1, stride: 2 }))).toEqual([1, 4, 3, 8, 20, 12, 7, 16, 9])
  })
  test("pooling steps by its window unless told otherwise", () => {
    expect(valuesOf(maxPool2d(image, 2))).toEqual([5])
    expect(valuesOf(maxPool2d(image, 2, { stride: 1 }))).toEqual([5, 6, 8, 9])
    expect(valuesOf(avgPool2d(image, [1, 3]))).toEqual(close([2, 5, 8]))
  })
  test("padding never is the largest", () => expect(valuesOf(maxPool2d(f([2, 2], -4, -3, -2, -1), 2, { padding: 1 }))).toEqual([-4, -3, -2, -1]))
  test("padding counts in a mean, or does not", () => {
    expect(valuesOf(avgPool2d(image, 2, { padding: [[0, 1], [0, 1]] }))).toEqual(close([3, 2.25, 3.75, 2.25]))
    expect(valuesOf(avgPool2d(image, 2, { padding: [[0, 1], [0, 1]], countIncludePad: false }))).toEqual(close([3, 4.5, 7.5, 9]))
  })
  test("global pooling leaves images and channels", () => {
    const x = f([1, 2, 2, 2], 1, 2, 3, 6, -1, -2, -3, -2)
    expect([globalAvgPool(x).shape, valuesOf(globalAvgPool(x)), valuesOf(globalMaxPool(x))]).toEqual([[1, 2], [3, -2], [6, -1]])
  })
})

test("equal largest elements of a window share its gradient", () => {
  const x = f([2, 2], 3, 1, 3, 0)
  expect(valuesOf(gradients(reduceSum(maxPool2d(x, 2)), [x])[0] as Expr)).toEqual([0.5, 0, 0.5, 0])
})

describe("T1: a misfit names the op, the operands and what would fit", () => {
  const table = {
    "unfold(f32[3]): expected an operand of rank 2 or more: images [..., H, W]": () => unfold(input("x", [3]), 2),
    "unfold(f32[3, 3]): expected a window of [4, 1] that fits into [3, 3] with padding [0, 0] and [0, 0]": () => unfold(image, [4, 1]),
    "unfold(f32[3, 3]): expected a window of 1 or more rows and columns, not [0, 2]": () => maxPool2d(image, [0, 2], { stride: 1 }),
    "fold(f32[3, 3]): expected an operand of rank 4 or more: windows [..., H', W', kh, kw]": () => fold(image, [3, 3]),
    "fold(f32[2, 2, 2, 2]): expected windows [3, 3, 2, 2] at the end, for extents [4, 4]": () => fold(input("y", [2, 2, 2, 2]), [4, 4]),
  }
  test.each(Object.entries(table))("%s", (message, attempt) => expect(attempt).toThrow(message))
})
