/** A whole block: its gradient against finite differences, and what its backward pass is made of. */
import { describe, expect, it } from "vitest"
import { block, blockShapes } from "../../../src/nn/block.ts"
import { gelu } from "../../../src/tensor/activation.ts"
import { mul } from "../../../src/tensor/elementwise.ts"
import type { Expr } from "../../../src/tensor/expr.ts"
import { gradients } from "../../../src/tensor/gradient.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import { reduceSum } from "../../../src/tensor/reduce.ts"
import { input } from "../../../src/tensor/source.ts"
import { checkGradients, uniform } from "../tensor/finite-difference.ts"

const shapes = { x: [2, 3, 4], ...blockShapes(4, 0) }
const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]))
const loss = reduceSum(mul(block(inputs["x"] as Expr, inputs, 0, 2), input("direction", shapes.x)))

describe("block", () => {
  it("has the gradient that finite differences have, by its input and by every weight", () => {
    const given = Object.fromEntries(
      Object.entries({ ...shapes, direction: shapes.x }).map(([name, shape]) => [name, uniform(name, shape, -1, 1)]),
    )
    checkGradients(loss, { ...inputs, direction: input("direction", shapes.x) }, given, 1e-6)
  })

  it("runs backward without padding, broadcasting or sums of weight gradients", () => {
    const weights = Object.entries(inputs).filter(([name]) => name !== "x")
    const program = makeProgram({
      outputs: Object.fromEntries(
        gradients(
          loss,
          weights.map(([, w]) => w),
        ).map((g, i) => [`${i}`, g]),
      ),
    })
    const count = (op: string) => program.steps.filter((step) => step.op === op).length
    expect([count("pad"), count("broadcast"), count("scatter_add")]).toEqual([0, 0, 0])
    // Each of the 8 products of the forward pass has two more; the value of the last is not asked for.
    expect(count("matmul")).toBe(3 * 8 - 1)
  })
})

describe("gelu", () => {
  it("takes 4 passes more than its input forward, and 7 backward", () => {
    const x = input("x", [100])
    const y = gelu(x)
    const passes = (z: Expr) => makeProgram({ outputs: { z } }).steps.filter((step) => step.args.length > 0).length
    expect(passes(y)).toBe(5)
    const [g] = gradients(reduceSum(mul(y, input("dy", [100]))), [x])
    const all = makeProgram({ outputs: { y, g: g as Expr } }).steps.filter((step) => step.args.length > 0).length
    expect(all).toBe(5 + 7)
  })
})
