import { describe, expect, it } from "vitest"
import { after, all, andThen, both, known, pass, type Measuring } from "../../../../nodes/merger/method/measuring.ts"

/** The sum of all numbers, then the sum of their squared distances from the mean: two passes. */
const total = pass<readonly number[], number, number>((block) => block.reduce((a, b) => a + b, 0), (a, b) => a + b, (sum) => known(sum ?? 0))
const spread = (mean: number): Measuring<readonly number[], number> =>
  pass<readonly number[], number, number>((block) => block.reduce((a, b) => a + (b - mean) ** 2, 0), (a, b) => a + b, (sum) => known(sum ?? 0))

const run = <A>(measuring: Measuring<readonly number[], A>, blocks: readonly (readonly number[])[]): { readonly value: A; readonly passes: number } => {
  let now = measuring
  let passes = 0
  while (!now.known) {
    const step: typeof now = now
    const totals = blocks.map((block) => step.of(block))
    now = step.then(totals.length === 0 ? undefined : totals.reduce((a, b) => step.plus(a, b)))
    passes++
  }
  return { value: now.value, passes }
}

describe("measuring", () => {
  const blocks = [[1, 2], [3, 4, 5]]
  it("looks at an earlier result in a later pass", () => {
    expect(run(andThen(total, (sum) => spread(sum / 5)), blocks)).toEqual({ value: 10, passes: 2 })
  })
  it("measures several things in the same passes, as many as the longest needs", () => {
    const two = andThen(total, (sum) => spread(sum / 5))
    expect(run(both(total, two, (a, b) => [a, b]), blocks)).toEqual({ value: [15, 10], passes: 2 })
    expect(run(all([two, after(total, (sum) => -sum), known(7)]), blocks)).toEqual({ value: [10, -15, 7], passes: 2 })
  })
  it("needs no pass for what is known, and gives an answer where there is no block", () => {
    expect(run(known(3), blocks)).toEqual({ value: 3, passes: 0 })
    expect(run(total, [])).toEqual({ value: 0, passes: 1 })
  })
})
