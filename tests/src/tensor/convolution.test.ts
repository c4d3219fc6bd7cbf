/** SPEC T1: what convolutions are, by figures worked out by hand and by what must hold between them; what they refuse. */
import { describe, expect, test } from "vitest"
import { conv1d, conv2d, convTranspose2d } from "../../../src/tensor/convolution.ts"
import { cost } from "../../../src/tensor/cost.ts"
import { mul } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { interpretWide } from "../../support/interpreter.ts"
import { f, valuesOf } from "../../support/traced-values.ts"
import { uniform } from "./finite-difference.ts"

const image = f([1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9)
const corner = f([1, 1, 2, 2], 1, 0, 0, 10)

describe("values", () => {
  test("a filter is laid on as it is, not turned", () => expect(valuesOf(conv2d(image, corner))).toEqual([51, 62, 84, 95]))
  test("same padding puts the odd zero behind", () => {
    expect(valuesOf(conv2d(image, corner, { padding: "same" }))).toEqual([51, 62, 3, 84, 95, 6, 7, 8, 9])
    expect(valuesOf(conv2d(image, corner, { padding: [[1, 0], [1, 0]] }))).toEqual([10, 20, 30, 40, 51, 62, 70, 84, 95])
  })
  test("strides skip places, dilation spreads the taps", () => {
    expect(valuesOf(conv2d(image, corner, { padding: 1, stride: 2 }))).toEqual([10, 30, 70, 95])
    expect(valuesOf(conv2d(image, corner, { dilation: 2 }))).toEqual([91])
  })
  test("groups do not mix", () => {
    const two = f([1, 2, 1, 1], 3, 5)
    expect(valuesOf(conv2d(two, f([2, 1, 1, 1], 2, 7), { groups: 2 }))).toEqual([6, 35])
    expect(valuesOf(conv2d(two, f([4, 1, 1, 1], 1, 2, 3, 4), { groups: 2 }))).toEqual([3, 6, 15, 20])
  })
  test("a transposed convolution lays a filter down for every pixel", () =>
    expect(valuesOf(convTranspose2d(f([1, 1, 1, 2], 1, 2), corner, { stride: 2, outputPadding: [1, 0] }))).toEqual([1, 0, 2, 0, 0, 10, 0, 20, 0, 0, 0, 0]))
  test("a signal is an image of one row", () => expect(valuesOf(conv1d(f([1, 1, 4], 1, 2, 3, 4), f([1, 1, 2], 1, 10), { padding: "same" }))).toEqual([21, 32, 43, 4]))
})

test.each([[1, 0, 1, 1], [2, 1, 1, 2], [3, 2, 2, 1]])("A1: <conv2d(x, w), y> = <x, convTranspose2d(y, w)> at stride %i, padding %i, dilation %i, groups %i", (stride, padding, dilation, groups) => {
  const [x, w] = [input("x", [2, 4, 7, 8]), input("w", [6, 4 / groups, 3, 2])]
  const forward = conv2d(x, w, { stride, padding, dilation, groups })
  const y = input("y", forward.shape)
  const [back] = gradients(reduceSum(mul(forward, y)), [x])
  const smallest = convTranspose2d(y, w, { stride, padding, dilation, groups })
  const outputPadding = [7 - (smallest.shape[2] as number), 8 - (smallest.shape[3] as number)] as const
  const outputs = { left: reduceSum(mul(forward, y)), right: reduceSum(mul(x, convTranspose2d(y, w, { stride, padding, dilation, groups, outputPadding }))), back: reduceSum(mul(x, back as Expr)) }
  const values = interpretWide(makeProgram({ outputs }), Object.fromEntries([x, w, y].map((z, i) => [["x", "w", "y"][i], uniform(`${i}`, z.shape)])))
  const at = (name: string) => values[name]?.data[0] as number
  expect(at("right")).toBeCloseTo(at("left"), 10)
  expect(at("back")).toBeCloseTo(at("left"), 10)
})

describe("T1: a misfit names the op, the operands and what would fit", () => {
  const [x, w] = [input("x", [1, 4, 5, 5]), input("w", [6, 4, 3, 3])]
  const table = {
    "conv2d(f32[4, 5], f32[6, 4, 3, 3]): expected operands of rank 4: images [N, C, H, W], filters [O, C / groups, kh, kw]": () => conv2d(input("x", [4, 5]), w),
    "conv2d(f32[1, 4, 5, 5], f32[6, 3, 3, 3]): expected 3 input channels (3 for each of 1 groups), not 4": () => conv2d(x, input("w", [6, 3, 3, 3])),
    "conv2d(f32[1, 4, 5, 5], f32[5, 2, 3, 3]): expected output channels that 2 groups divide, not 5": () => conv2d(x, input("w", [5, 2, 3, 3]), { groups: 2 }),
    "conv2d(f32[1, 4, 5, 5], f32[6, 4, 7, 3]): expected a window of [7, 3] that fits into [5, 5] with padding [0, 0] and [0, 0]": () => conv2d(x, input("w", [6, 4, 7, 3])),
    "conv2d(f32[1, 4, 5, 5], f32[6, 4, 3, 3]): expected strides and dilations of 1 or more": () => conv2d(x, w, { stride: 0 }),
    "conv2d(i32[1, 4, 5, 5], f32[6, 4, 3, 3]): expected two operands of f32 and rank 4: images [N, C, H, W], filters [O, C / groups, kh, kw]": () =>
      conv2d(input("x", [1, 4, 5, 5], "i32"), w),
    "convTranspose2d(f32[1, 6, 2, 2], f32[6, 4, 3, 3]): expected an output padding from 0 to below the stride, not 1 and 1": () =>
      convTranspose2d(input("y", [1, 6, 2, 2]), w, { outputPadding: 1 }),
    "conv2d_input_gradient(f32[1, 5, 2, 2], f32[6, 4, 3, 3]): expected a cotangent of 6 channels, as the filter gives, not 5": () => convTranspose2d(input("y", [1, 5, 2, 2]), w),
    "conv1d(f32[1, 4, 5, 5], f32[6, 4, 3, 3]): expected operands of rank 3: signals [N, C, L], filters [O, C / groups, k]": () => conv1d(x, w),
  }
  test.each(Object.entries(table))("%s", (message, attempt) => expect(attempt).toThrow(message))
})

test("cost counts two operations a tap, in all three forms", () => {
  const [x, w] = [input("x", [2, 4, 6, 6]), input("w", [8, 2, 3, 3])]
  const taps = 2 * (2 * 8 * 4 * 4) * (2 * 3 * 3)
  const y = conv2d(x, w, { groups: 2 })
  const flops = (outputs: Readonly<Record<string, Expr>>) => cost(makeProgram({ outputs })).flops
  expect(flops({ y })).toBe(taps)
  const [dx, dw] = gradients(reduceSum(mul(y, input("d", y.shape))), [x, w]) as readonly [Expr, Expr]
  expect([flops({ dx }), flops({ dw })]).toEqual([taps, taps])
})
