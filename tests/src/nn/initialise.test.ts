/** First weights: their deviations and bounds, and that orthogonal ones are. */
import { describe, expect, it } from "vitest"
import type { NdArray, Shape } from "../../../src/base/ndarray.ts"
import { random, type Random } from "../../../src/base/random.ts"
import { glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, truncatedNormalWeights } from "../../../src/nn/initialise.ts"
import { orthogonal } from "../../../src/nn/orthogonal.ts"

const deviation = ({ data }: NdArray<"f32">): number => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length)
const largest = ({ data }: NdArray<"f32">): number => data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)

describe("deviations by fan-in and fan-out", () => {
  type Make = (random: Random, shape: Shape) => NdArray<"f32">
  const matrix: Shape = [120, 60]
  const filters: Shape = [64, 32, 3, 3]
  const table: readonly (readonly [string, Make, Shape, number])[] = [
    ["Glorot uniform", glorotUniform, matrix, Math.sqrt(2 / 180)],
    ["Glorot normal", glorotNormal, matrix, Math.sqrt(2 / 180)],
    ["Glorot normal of filters", glorotNormal, filters, Math.sqrt(2 / (96 * 9))],
    ["He uniform", heUniform, matrix, Math.sqrt(2 / 120)],
    ["He normal of filters", heNormal, filters, Math.sqrt(2 / (32 * 9))],
    ["LeCun normal", lecunNormal, matrix, Math.sqrt(1 / 120)],
    // A normal distribution cut at two deviations has 0.8796 of its deviation.
    ["truncated normal", truncatedNormalWeights, matrix, 0.02 * 0.8796],
  ]
  it.each(table)("%s", (_, make, shape, wanted) => {
    const weights = make(random("weights"), shape)
    expect(weights.shape).toEqual(shape)
    expect(Math.abs(deviation(weights) / wanted - 1)).toBeLessThan(5 / Math.sqrt(2 * weights.data.length))
    expect(make(random("weights"), shape)).toEqual(weights)
  })

  it("bounds uniform and truncated ones, and fills the bounds", () => {
    const [uniform, truncated] = [largest(heUniform(random("a"), matrix)) / Math.sqrt(6 / 120), largest(truncatedNormalWeights(random("a"), matrix)) / 0.04]
    for (const share of [uniform, truncated]) expect([share <= 1.0000001, share > 0.99]).toEqual([true, true])
  })
})

describe("orthogonal", () => {
  /** Products of rows with rows (or of columns with columns). */
  const products = ({ shape, data }: NdArray, byRow: boolean): number[][] => {
    const [rows, columns] = [shape[0] as number, data.length / (shape[0] as number)]
    const [count, length] = byRow ? [rows, columns] : [columns, rows]
    const at = (i: number, k: number) => data[byRow ? i * columns + k : k * columns + i] as number
    return Array.from({ length: count }, (_, i) =>
      Array.from({ length: count }, (_, j) => Array.from({ length }, (_, k) => at(i, k) * at(j, k)).reduce((a, b) => a + b, 0)),
    )
  }
  it.each<[Shape, boolean]>([[[20, 20], true], [[20, 20], false], [[7, 31], true], [[31, 7], false], [[8, 3, 3, 3], true]])("%j", (shape, byRow) => {
    products(orthogonal(random("orthogonal"), shape, 2), byRow).forEach((row, i) =>
      row.forEach((product, j) => expect(product).toBeCloseTo(i === j ? 4 : 0, 5)),
    )
  })
})
