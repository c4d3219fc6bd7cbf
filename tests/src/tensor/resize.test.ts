/** Resizing and flipping: values that PyTorch and ONNX's operator documentation give, gradients by finite differences, and what is refused. */
import { describe, expect, test } from "vitest"
import { mul, square } from "../../../src/tensor/elementwise.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { flip, resizeBilinear, resizeNearest } from "../../../src/tensor/resize.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { f, valuesOf } from "../../support/traced-values.ts"
import { checkGradients, uniform } from "./finite-difference.ts"

const close = (values: readonly number[]) => values.map((x) => expect.closeTo(x, 5))
const squares = f([1, 1, 2, 3], 0, 1, 4, 9, 16, 25)
const four = f([2, 2], 1, 2, 3, 4)

describe("bilinear", () => {
  test("with half-pixel coordinates, as ONNX documents it and PyTorch computes it with align_corners false", () => {
    expect(valuesOf(resizeBilinear(four, [4, 4]))).toEqual(close([1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4]))
    expect(valuesOf(resizeBilinear(squares, [3, 5]))).toEqual(close([0, 0.4, 1, 2.8, 4, 4.5, 6.1, 8.5, 12.1, 14.5, 9, 11.8, 16, 21.4, 25]))
    expect(valuesOf(resizeBilinear(squares, [1, 2]))).toEqual(close([5.5, 13]))
  })
  test("with aligned corners", () => {
    expect(valuesOf(resizeBilinear(four, [4, 4], "align_corners"))).toEqual(close([3, 4, 5, 6, 5, 6, 7, 8, 7, 8, 9, 10, 9, 10, 11, 12].map((x) => x / 3)))
    expect(valuesOf(resizeBilinear(squares, [3, 5], "align_corners"))).toEqual(close([0, 0.5, 1, 2.5, 4, 4.5, 6.5, 8.5, 11.5, 14.5, 9, 12.5, 16, 20.5, 25]))
  })
  test("keeps an image of its own size", () => expect(resizeBilinear(four, [2, 2])).toBe(four))
})

describe("nearest", () => {
  test("asymmetric and floor by default, PyTorch's nearest", () =>
    expect(valuesOf(resizeNearest(squares, [3, 5]))).toEqual([0, 0, 1, 1, 4, 0, 0, 1, 1, 4, 9, 9, 16, 16, 25]))
  test("half-pixel and preferring the upper, PyTorch's nearest-exact", () => {
    const exact = { coordinates: "half_pixel", rounding: "round_prefer_ceil" } as const
    expect(valuesOf(resizeNearest(squares, [3, 5], exact))).toEqual([0, 0, 1, 4, 4, 9, 9, 16, 25, 25, 9, 9, 16, 25, 25])
    expect(valuesOf(resizeNearest(squares, [1, 2], exact))).toEqual([9, 25])
  })
  test("a whole multiple repeats pixels without a gather", () => {
    const y = resizeNearest(four, [4, 2])
    expect(valuesOf(y)).toEqual([1, 2, 1, 2, 3, 4, 3, 4])
    expect(makeProgram({ outputs: { y } }).steps.map(({ op }) => op)).not.toContain("gather")
  })
})

test("flip turns the axes that are named, or all", () => {
  expect(valuesOf(flip(squares, -1))).toEqual([4, 1, 0, 25, 16, 9])
  expect(valuesOf(flip(squares))).toEqual([25, 16, 9, 4, 1, 0])
  expect(flip(squares, [0, 1])).toBe(squares)
})

test("A1: gradients agree with finite differences", () => {
  const x = input("x", [2, 3, 4])
  for (const y of [resizeBilinear(x, [5, 3]), resizeBilinear(x, [2, 7], "align_corners"), resizeNearest(x, [6, 4]), resizeNearest(x, [4, 3], { coordinates: "half_pixel", rounding: "ceil" }), flip(x, [0, 2])]) {
    const weights = constant({ dtype: "f32", shape: y.shape, data: Float32Array.from(uniform("weights", y.shape).data) })
    checkGradients(reduceSum(mul(square(y), weights)), { x }, { x: uniform("x", x.shape) })
  }
})

describe("T1: a misfit names the function, the operand and what would fit", () => {
  const table = {
    "resizeBilinear(f32[3]): expected images [..., H, W] with pixels, and a size of whole numbers from 1, not 2 by 2": () => resizeBilinear(input("x", [3]), [2, 2]),
    "resizeNearest(f32[2, 2]): expected images [..., H, W] with pixels, and a size of whole numbers from 1, not 0 by 2": () => resizeNearest(four, [0, 2]),
    "flip(f32[2, 2]): expected axes within rank 2, not 2": () => flip(four, 2),
  }
  test.each(Object.entries(table))("%s", (message, attempt) => expect(attempt).toThrow(message))
})
