import { describe, expect, it } from "vitest"
import { element, evaluate } from "#src"
import { after, andThen, known, plusTotals, sumsOf, type Measuring, type Totals } from "../../../../nodes/merger/method/measuring.ts"
import type { Leaves } from "../../../../nodes/merger/method/method.ts"

const x = element.input(0)
/** The sum of all numbers, then the sum of their squared distances from the mean: two passes. */
const total = sumsOf(() => [x], ([sum = 0]) => known(sum))
const spread = (mean: number): Measuring<number> => {
  const off = element.sub(x, element.number(mean))
  return sumsOf(() => [element.mul(off, off)], ([sum = 0]) => known(sum))
}

/** Passes by plain loops over single numbers. */
const run = <A>(measuring: Measuring<A>, blocks: readonly (readonly number[])[]): { readonly value: A; readonly passes: number } => {
  let now = measuring
  let passes = 0
  while (!now.known) {
    const { kernels } = now
    if (kernels.kind !== "sums") throw new Error("only sums")
    const formulas = kernels.formulas({} as Leaves)
    const totals = blocks.map((block): Totals => [[Float64Array.from(formulas, (formula) => block.reduce((sum, value) => sum + evaluateAt(formula, value), 0))]])
    now = now.then(totals.length === 0 ? undefined : totals.reduce(plusTotals))
    passes++
  }
  return { value: now.value, passes }
}
const evaluateAt = (formula: Parameters<typeof evaluate>[0], value: number): number => evaluate(formula, () => value)

describe("measuring", () => {
  const blocks = [[1, 2], [3, 4, 5]]
  it("looks at an earlier result in a later pass", () => {
    expect(run(andThen(total, (sum) => spread(sum / 5)), blocks)).toEqual({ value: 10, passes: 2 })
    expect(run(after(total, (sum) => -sum), blocks)).toEqual({ value: -15, passes: 1 })
  })
  it("needs no pass for what is known, and gives an answer where there is no block", () => {
    expect(run(known(3), blocks)).toEqual({ value: 3, passes: 0 })
    expect(run(total, [])).toEqual({ value: 0, passes: 1 })
  })
})
