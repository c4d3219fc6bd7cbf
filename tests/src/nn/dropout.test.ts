/** Dropout: the share that is dropped, what is kept, its gradient, and that the mask is the key's. */
import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { ndarray, scalar } from "../../../src/base/ndarray.ts"
import { random } from "../../../src/base/random.ts"
import { dropout } from "../../../src/nn/dropout.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { foldIn, randomKey } from "../../../src/tensor/random.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { interpret } from "../../support/interpreter.ts"

const n = 10_000
const [x, key, rate] = [input("x", [n]), input("key", [4], "i32"), input("rate", [])]
const values = { x: ndarray("f32", [n], random("x").normals(n)), key: randomKey(random("dropout")), rate: scalar("f32", 0.25) }
const run = (y: Expr) => {
  const program = makeProgram({ outputs: { y } })
  return [...must(interpret(program, Object.fromEntries(Object.keys(program.inputs).map((name) => [name, values[name as "x"]])))["y"], "y").data]
}

describe("dropout", () => {
  it("drops the share asked for and scales the rest up", () => {
    const y = run(dropout(x, 0.25, key))
    expect(Math.abs(y.filter((value) => value === 0).length / n - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / n))
    y.forEach((value, i) => expect(value === 0 ? 0 : value * 0.75).toBeCloseTo(value === 0 ? 0 : (values.x.data[i] as number), 5))
  })

  it("sends the gradient where the element went", () => {
    const y = run(dropout(x, 0.25, key))
    const [slope] = gradients(reduceSum(dropout(x, 0.25, key)), [x]) as [Expr]
    run(slope).forEach((g, i) => expect(g).toBeCloseTo(y[i] === 0 ? 0 : 4 / 3, 6))
  })

  it("takes its rate as an argument of the program, to the same mask", () => {
    const [fixed, given] = [run(dropout(x, 0.25, key)), run(dropout(x, rate, key))]
    fixed.forEach((value, i) => expect(given[i]).toBeCloseTo(value, 5))
  })

  it("has the same mask for the same key, another for another step, and none at 0", () => {
    const at = (step: number) => run(dropout(x, 0.5, foldIn(key, step))).map((value) => value === 0)
    const [first, second] = [at(1), at(2)]
    expect(at(1)).toEqual(first)
    expect(Math.abs(first.filter((dropped, i) => dropped === second[i]).length / n - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / n))
    expect(dropout(x, 0, key)).toBe(x)
  })

  it("refuses rates that leave nothing", () => {
    expect(() => dropout(x, 1, key)).toThrow("dropout(f32[10000], i32[4]): expected a rate from 0 to below 1, not 1")
  })
})
