/** Reductions over segments: values in any order of rows, segments without rows, gradients. */
import { describe, expect, test } from "vitest"
import { ndarray } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { square } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { segmentMax, segmentMean, segmentMin, segmentSize, segmentSoftmax, segmentSum } from "../../../src/tensor/segment.ts"
import { constant, input } from "../../../src/tensor/source.ts"
import { trace } from "../../../src/tensor/trace.ts"
import { anyDevice, runOnce } from "../../support/any-device.ts"
import { expectClose } from "../../support/close.ts"
import { interpret } from "../../support/interpreter.ts"
import { valuesOf } from "../../support/traced-values.ts"
import { checkGradients, integers } from "./finite-difference.ts"
import { spaced } from "./op-cases/case.ts"

const rows = constant(ndarray("f32", [4, 2], Float32Array.of(1, -1, 2, -2, 3, -3, 5, -5)))
const ids = constant(ndarray("i32", [4], Int32Array.of(2, 0, 2, 0)))

describe("each segment, and one without rows", () => {
  const table: Readonly<Record<string, readonly [Expr, readonly number[]]>> = {
    sum: [segmentSum(rows, ids, 3), [7, -7, 0, 0, 4, -4]],
    size: [segmentSize(ids, 3), [2, 0, 2]],
    mean: [segmentMean(rows, ids, 3), [3.5, -3.5, 0, 0, 2, -2]],
    largest: [segmentMax(rows, ids, 3), [5, -2, 0, 0, 3, -1]],
    "largest, with another value for nothing": [segmentMax(rows, ids, 3, -9), [5, -2, -9, -9, 3, -1]],
    smallest: [segmentMin(rows, ids, 3, 8), [2, -5, 8, 8, 1, -3]],
  }
  for (const [name, [y, expected]] of Object.entries(table)) test(name, () => expect(valuesOf(y)).toEqual(expected))

  test("a softmax adds up to 1 in each segment and does not overflow", () => {
    const logits = constant(ndarray("f32", [4], Float32Array.of(1000, 0, 999, 0)))
    const y = segmentSoftmax(logits, ids, 3)
    valuesOf(y).forEach((value, i) => expect(value).toBeCloseTo([1 / (1 + Math.exp(-1)), 0.5, 1 / (1 + Math.E), 0.5][i] as number, 6))
    valuesOf(segmentSum(y, ids, 3)).forEach((value, i) => expect(value).toBeCloseTo([1, 0, 1][i] as number, 6))
  })
})

describe("A1: gradients", () => {
  const [x, of] = [input("x", [5, 2]), input("of", [5], "i32")]
  const table = {
    sum: segmentSum(x, of, 4),
    mean: segmentMean(x, of, 4),
    largest: segmentMax(x, of, 4, 0.5),
    smallest: segmentMin(x, of, 4),
    softmax: segmentSoftmax(x, of, 4),
  }
  for (const [name, y] of Object.entries(table))
    test(name, () => checkGradients(reduceSum(square(y)), { x, of }, { x: spaced(5, 2), of: integers([5], [2, 0, 2, 3, 2]) }))
})

test("T1: numbers that are not one a row are refused", () => {
  expect(() => segmentSum(rows, constant(1, "i32"), 3)).toThrow("segmentSum(f32[4, 2], i32[]): expected an i32 number for each of 4 rows")
})

test("D4: many rows on a device: what the interpreter computes, the same bytes again", async () => {
  const [n, count] = [4000, 300]
  const program = trace({ x: { shape: [n, 3] }, ids: { shape: [n], dtype: "i32" } }, ({ x, ids }) => ({
    largest: segmentMax(x, ids, count),
    mean: segmentMean(x, ids, count),
    softmax: segmentSoftmax(x, ids, count),
  }))
  const stream = random("segments")
  const inputs = {
    x: ndarray("f32", [n, 3], stream.normals(3 * n)),
    ids: ndarray("i32", [n], Int32Array.from({ length: n }, (_, i) => stream.below(i, count - 1))),
  }
  const device = await anyDevice()
  const [first, again] = [await runOnce(device, program, inputs), await runOnce(device, program, inputs)]
  await device.close()
  expect(again).toEqual(first)
  const want = interpret(program, inputs)
  expect(first["largest"]).toEqual(want["largest"])
  for (const name of ["mean", "softmax"]) expectClose(first[name], want[name])
})
