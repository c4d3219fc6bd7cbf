/** Products, running sums and products, deviations, norms, truth of many: known values, and gradients where they are delicate. */
import { describe, expect, test } from "vitest"
import { square } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { cumprod, prod } from "../../../src/tensor/product.ts"
import { all, any, argmin, cumsum, norm, reduceMax, reduceMin, reduceSum, std, variance } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { interpretWide, type Wide } from "../../support/interpreter.ts"
import { f, i, valuesOf } from "../../support/traced-values.ts"
import { checkGradients } from "./finite-difference.ts"
import { u } from "./op-cases.ts"

const wide = (...values: number[]): Wide => ({ dtype: "f32", shape: [values.length], data: Float64Array.from(values) })

const grid = f([2, 3], 1, 2, 3, 4, 5, 6)

describe("values", () => {
  const table: Readonly<Record<string, readonly [Expr, readonly number[]]>> = {
    "product of all": [prod(grid), [720]],
    "product over an axis, kept": [prod(grid, 1, true), [6, 120]],
    "product over nothing is 1": [prod(f([2, 0])), [1]],
    "product of integers over an odd number": [prod(i([5], 1, -2, 3, 4, 5)), [-120]],
    "running product": [cumprod(f([5], 1, 2, 3, 4, 5)), [1, 2, 6, 24, 120]],
    "running product over rows": [cumprod(i([3, 2], 1, 2, 3, 4, 5, 6), 0), [1, 2, 3, 8, 15, 48]],
    "exclusive running sum": [cumsum(grid, 1, { exclusive: true }), [0, 1, 3, 0, 4, 9]],
    "running sum from the end": [cumsum(i([4], 1, 2, 3, 4), 0, { reverse: true }), [10, 9, 7, 4]],
    "both": [cumsum(i([4], 1, 2, 3, 4), 0, { exclusive: true, reverse: true }), [9, 7, 4, 0]],
    "unbiased variance": [variance(f([4], 1, 2, 3, 6), 0, false, 1), [14 / 3]],
    "standard deviation, biased and not": [std(f([2, 2], 1, 3, 2, 8), 1, false, 1), [Math.SQRT2, 3 * Math.SQRT2]],
    "norms of order 2": [norm(f([2, 2], 3, -4, 0, 0), 1), [5, 0]],
    "of order 1 over all": [norm(f([2, 2], 3, -4, 0, 1), undefined, false, 1), [8]],
    "of order infinity": [norm(f([2, 2], 3, -4, 0, 1), 1, true, Infinity), [4, 1]],
    "largest and smallest of integers": [reduceMin(i([2, 2], 3, -4, 7, 1), 1), [-4, 1]],
    "largest of integers": [reduceMax(i([2, 2], -3, -4, 7, 1), 1), [-3, 7]],
    "argmin takes the first of equals": [argmin(f([2, 3], 1, 0, 0, 2, 2, 3)), [1, 0]],
    "any and all": [any(f([2, 2], 0, 0, 0, 3), 1), [0, 1]],
    "all of integers": [all(i([2, 2], 1, 0, 2, 3), 1), [0, 1]],
    "any of nothing": [any(f([0])), [0]],
    "all of nothing": [all(f([0])), [1]],
  }
  for (const [name, [y, expected]] of Object.entries(table))
    test(name, () => {
      const found = valuesOf(y)
      expect(found).toHaveLength(expected.length)
      found.forEach((value, k) => expect(value).toBeCloseTo(expected[k] as number, 5))
    })
})

describe("A1: gradients", () => {
  const x = input("x", [3, 3])
  const table = { prod: prod(x, 0), cumprod: cumprod(x), std: std(x, 1, false, 1), "norm 1": norm(x, 0, false, 1), "norm 2": norm(x, 1) }
  for (const [name, y] of Object.entries(table)) test(name, () => checkGradients(reduceSum(square(y)), { x }, { x: u(3, 3) }))

  const at = (y: (x: Expr) => Expr, ...values: number[]) => {
    const v = input("v", [values.length])
    const [g] = gradients(reduceSum(y(v)), [v])
    return [...(interpretWide(makeProgram({ outputs: { g: g as Expr } }), { v: wide(...values) })["g"]?.data ?? [])]
  }
  test("of a product with one zero: only the zero has one", () => expect(at(prod, 2, 0, 5)).toEqual([0, 10, 0]))
  test("of a product with two zeros: none", () => expect(at(prod, 0, 3, 0, 5)).toEqual([0, 0, 0, 0]))
  test("of a running product with a zero", () => expect(at(cumprod, 2, 0, 5)).toEqual([1, 2 + 2 * 5, 0]))
  test("of a norm and a deviation at 0: 0", () => expect([at(norm, 0, 0), at(std, 2, 2)]).toEqual([[0, 0], [0, 0]]))
  test("second derivatives of a product with a zero", () =>
    expect(at((v) => square(gradients(prod(v), [v])[0] as Expr), 2, 0, 5)).toEqual([2 * 10 * 5, 0, 2 * 10 * 2]))
})

test("T1: a variance of too few elements, and a norm of another order, are refused", () => {
  expect(() => variance(f([1], 2), 0, false, 1)).toThrow("variance(f32[1]): expected more than 1 elements, not 1")
  expect(() => norm(grid, 0, false, 3)).toThrow("norm(f32[2, 3]): expected an order of 1, 2 or Infinity, not 3")
})
