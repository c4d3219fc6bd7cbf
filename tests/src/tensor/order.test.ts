/** SPEC T5: sorting and what is made of it: stable in both directions, NaN as infinity, numpy's quantiles. */
import { describe, expect, test } from "vitest"
import { ndarray } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { square } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { argsort, median, quantile, sort, topK } from "../../../src/tensor/order.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { f, i, valuesOf } from "../../support/traced-values.ts"
import { checkGradients } from "./finite-difference.ts"
import { spaced } from "./op-cases/case.ts"

const grid = f([2, 3], 3, 1, 2, 4, 6, 5)

describe("values and indices", () => {
  const table: Readonly<Record<string, readonly [Expr, readonly number[]]>> = {
    "sorted along the last axis": [sort(grid), [1, 2, 3, 4, 5, 6]],
    "sorted along another, descending": [sort(grid, 0, { descending: true }), [4, 6, 5, 3, 1, 2]],
    "integers": [sort(i([4], 3, -1, 2, -1)), [-1, -1, 2, 3]],
    "the indices that sort": [argsort(grid), [1, 2, 0, 0, 2, 1]],
    "equal elements in the order of their indices (T5)": [argsort(f([6], 1, 0, 1, 0, 1, 0)), [1, 3, 5, 0, 2, 4]],
    "also descending (T5)": [argsort(f([6], 1, 0, 1, 0, 1, 0), 0, { descending: true }), [0, 2, 4, 1, 3, 5]],
    "0 and -0 are equal (T5)": [argsort(f([4], 0, -0, 0, -1)), [3, 0, 1, 2]],
    "a NaN counts as infinity (T5)": [argsort(f([5], NaN, 1, Infinity, NaN, -Infinity)), [4, 1, 0, 2, 3]],
    "and comes first descending (T5)": [argsort(f([3], 1, NaN, 2), 0, { descending: true }), [1, 2, 0]],
    "the two largest": [topK(grid, 2).values, [3, 2, 6, 5]],
    "and where they are": [topK(grid, 2).indices, [0, 2, 1, 2]],
    "the smallest of each column": [topK(grid, 1, 0, false).values, [3, 1, 2]],
    "none": [topK(grid, 0).values, []],
    "of one element": [sort(f([2, 1], 5, 4)), [5, 4]],
    "the middle element": [median(f([5], 9, 1, 5, 3, 7)), [5]],
    "the mean of the two in the middle": [median(f([2, 4], 4, 1, 3, 2, 8, 6, 7, 5)), [2.5, 6.5]],
    "quantiles between elements, as numpy has them": [quantile(f([4], 1, 2, 4, 8), 0.4), [2.4]],
    "the ends": [quantile(f([3], 5, 1, 9), 1, 0, true), [9]],
  }
  for (const [name, [y, expected]] of Object.entries(table))
    test(name, () => {
      const found = valuesOf(y)
      expect(found).toHaveLength(expected.length)
      found.forEach((value, k) => expect(value).toBeCloseTo(expected[k] as number, 6))
    })
})

test("sorting a thousand numbers is what JavaScript sorts them to", () => {
  const values = random("thousand").normals(1000)
  expect(valuesOf(sort(constant(ndarray("f32", [1000], values))))).toEqual([...values].sort((a, b) => a - b))
})

describe("A1: gradients go to where the values came from", () => {
  const x = input("x", [3, 4])
  const table = { sort: sort(x, 0), median: median(x), quantile: quantile(x, 0.3, 0, true), topK: topK(x, 2).values }
  for (const [name, y] of Object.entries(table)) test(name, () => checkGradients(reduceSum(square(y)), { x }, { x: spaced(3, 4) }))
})

describe("T1: misfits", () => {
  const table: Readonly<Record<string, () => Expr>> = {
    "top_k(f32[2, 3]): expected k from 0 to the 3 elements along axis 1, not 4": () => topK(grid, 4).values,
    "top_k(f32[2, 3]): expected an axis within rank 2, not 2": () => sort(grid, 2),
    "quantile(f32[2, 3]): expected a share from 0 to 1, not 1.5": () => quantile(grid, 1.5),
    "quantile(f32[2, 0]): expected f32 with at least one element along axis -1": () => median(f([2, 0])),
  }
  for (const [message, make] of Object.entries(table)) test(message, () => expect(make).toThrow(message))
})
