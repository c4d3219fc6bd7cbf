/** Quantisation to u8: what comes back, which bytes are stored, and the gradient that training under quantisation sees. */
import { describe, expect, test } from "vitest"
import { ndarray } from "../../../src/base/ndarray.ts"
import { dequantise, fakeQuantise, gridOf, quantise, type Grid } from "../../../src/nn/quantise.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { interpret } from "../../support/interpreter.ts"

const f32 = (shape: readonly number[], ...values: number[]) => ndarray("f32", shape, Float32Array.from(values))
const valuesOf = (y: Expr, inputs = {}): readonly number[] => [...(interpret(makeProgram({ outputs: { y } }), inputs)["y"]?.data ?? [])]

describe("affine quantisation", () => {
  const half: Grid = { scale: constant(0.5), zero: constant(10) }

  test("stores the nearest of 256 values, ties to even, the first or last beyond them", () => {
    const x = constant(f32([7], 0, 0.5, 0.75, 0.25, -5, -9, 1000))
    expect(valuesOf(quantise(x, half))).toEqual([10, 11, 12, 10, 0, 0, 255])
    expect(valuesOf(dequantise(quantise(x, half), half))).toEqual([0, 0.5, 1, 0, -5, -5, 122.5])
  })

  test("a grid a row holds the row's extremes and 0 exactly at a stored value", () => {
    const x = constant(f32([3, 2], -1, 4.1, 2, 5.1, 0, 0))
    const grid = gridOf(x, 1)
    expect([grid.scale.shape, grid.zero.shape]).toEqual([[3, 1], [3, 1]])
    expect(valuesOf(grid.zero)).toEqual([50, 0, 0])
    expect(valuesOf(quantise(x, grid))).toEqual([0, 255, 100, 255, 0, 0])
  })

  test("in training the value is the restored one, and the gradient passes within the grid only (A3)", () => {
    const x = input("x", [4])
    const at = { x: f32([4], 0.3, -20, 1.1, 500) }
    const y = fakeQuantise(x, half)
    expect(valuesOf(y, at)).toEqual(valuesOf(dequantise(quantise(x, half), half), at))
    expect(valuesOf(gradients(reduceSum(y), [x])[0] as Expr, at)).toEqual([1, 0, 1, 0])
  })
})
