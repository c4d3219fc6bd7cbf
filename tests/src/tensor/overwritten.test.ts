/** Which state may be written over where it lies. */
import { describe, expect, it } from "vitest"
import { softmax } from "../../../src/tensor/activation.ts"
import { add, eq, exp, mul, sub, where } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { matmul } from "../../../src/tensor/linear-algebra.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { overwritten } from "../../../src/tensor/overwritten.ts"
import { mean, reduceSum } from "../../../src/tensor/reduce.ts"
import { concat, reshape, slice, transpose } from "../../../src/tensor/reshape.ts"
import { input, iota } from "../../../src/tensor/source.ts"

const [x, y, row] = [input("x", [4, 4]), input("y", [4, 4]), input("row", [1, 4])]
const of = (outputs: { readonly [name: string]: Expr }): readonly string[] => [...overwritten(makeProgram({ inputs: [x, y, row], outputs }))]
const fourth = matmul(matmul(x, x), matmul(x, x))

describe("state is written over where it lies (D2)", () => {
  it.each<[string, Expr]>([
    ["by a step that reads each place before it writes there", sub(x, mul(y, 0.1))],
    ["by a sum with what has been computed from all of it", add(x, matmul(fourth, fourth))],
    ["by what reads only what has been computed from it", matmul(fourth, fourth)],
    ["where a row of it is replaced", where(eq(iota([4, 1], 0), iota([1, 4], 1)), row, x)],
  ])("%s", (_, next) => expect(of({ x: next })).toEqual(["x"]))

  it("by each of several, if none is read after its own is written", () => {
    const m = add(mul(y, 0.9), matmul(fourth, fourth))
    expect(of({ x: sub(x, m), y: m })).toEqual(["x", "y"])
  })
})

describe("state has a second place (D2)", () => {
  it.each<[string, Expr]>([
    ["beside a step that reads other places than it writes", softmax(x)],
    ["beside what a device may compute together with it", mul(matmul(x, y), 2)],
    ["beside the same in another order of axes", add(x, transpose(x, [1, 0]))],
    ["beside an exchange of its halves", concat([slice(x, { axis: 0, start: 2 }), slice(x, { axis: 0, end: 2 })], 0)],
    ["where it stays as it is", x],
    ["where it becomes another input", y],
  ])("%s", (_, next) => expect(of({ x: next })).toEqual([]))

  it("where something else reads it that does not come before", () => {
    expect(of({ x: sub(x, mul(y, 0.1)), seen: mean(exp(x)) })).toEqual([])
  })

  it("where a view of it is read that does not come before", () => {
    expect(of({ x: sub(x, mul(y, 0.1)), seen: matmul(reshape(x, [2, 8]), reshape(x, [8, 2])) })).toEqual([])
  })

  it("where what is read by a step near it is needed elsewhere too", () => {
    const turned = transpose(x, [1, 0])
    expect(of({ x: add(x, turned), seen: reduceSum(turned) })).toEqual([])
  })
})
