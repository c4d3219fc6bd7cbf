import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { random, type Device, type Kind } from "#src"
import { inputGrams } from "../../../../nodes/merger/with-data/activations.ts"
import { regmean, weightedMean } from "../../../../nodes/merger/with-data/regmean.ts"
import type { Examples } from "../../../../nodes/port/examples.ts"
import type { Network } from "../../../../nodes/port/network.ts"
import { mergeRegmean, mergeRegmeanPlus } from "../../../../nodes/merger/regmean.ts"
import { sharesOf } from "../../../../nodes/merger/regmean-params.ts"
import { matrix, product, solve, transposed, type Matrix } from "../../../../nodes/merger/with-data/solve.ts"
import { anyDevice } from "../../../support/any-device.ts"
import { examplesOf, networkOf, randomExamples, randomNetwork } from "../networks.ts"
import { close } from "../merging.ts"
import { settledMerge } from "../settled-merge.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const options = (alpha: number, weights: readonly number[] = [1, 1]) => ({ alpha, ridge: 0, weights })
const column = (...values: readonly number[]) => matrix(values.length, 1, values)

describe("solve", () => {
  it("inverts what can be inverted, and stays near where nothing is said", () => {
    const x = matrix(40, 6, random("x").normals(240))
    const w = matrix(6, 3, random("w").normals(18))
    const gram = product(transposed(x), x)
    const found = solve(gram, product(gram, w), matrix(6, 3), 0)
    found.data.forEach((v, k) => expect(v).toBeCloseTo(w.data[k]!, 9))
    const half = matrix(2, 2, [1, 0, 0, 0])
    expect([...solve(half, column(3, 0), column(5, 7), 1e-9).data]).toEqual(close([3, 7]))
    expect([...solve(matrix(2, 2), column(0, 0), column(5, 7), 1e-9).data]).toEqual(close([5, 7]))
  })
})

describe("the order of additions", () => {
  const at = ({ data, columns }: Matrix, i: number, j: number) => data[i * columns + j]!
  const plainProduct = (a: Matrix, b: Matrix) => matrix(a.rows, b.columns, Array.from({ length: a.rows * b.columns }, (_, e) => Array.from({ length: a.columns }, (_, k) => at(a, Math.floor(e / b.columns), k) * at(b, k, e % b.columns)).reduce((sum, x) => sum + x, 0)))
  /** Each number by its own sum, its terms from the first to the last. */
  const plainSolve = (g: Matrix, c: Matrix, near: Matrix, ridge: number): number[] => {
    const n = g.rows
    const r = (ridge * Array.from({ length: n }, (_, i) => at(g, i, i)).reduce((sum, x) => sum + x, 0)) / n
    const lower: number[][] = Array.from({ length: n }, () => [])
    for (let j = 0; j < n; j++) {
      for (let i = j; i < n; i++) {
        let sum = at(g, i, j) + (i === j ? r : 0)
        for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!
        lower[i]![j] = i === j ? Math.sqrt(sum) : sum / lower[j]![j]!
      }
    }
    const columns = Array.from({ length: c.columns }, (_, m) => {
      const x = Array.from({ length: n }, (_, i) => at(c, i, m) + r * at(near, i, m))
      for (let i = 0; i < n; i++) x[i] = lower[i]!.slice(0, i).reduce((rest, l, k) => rest - l * x[k]!, x[i]!) / lower[i]![i]!
      for (let i = n - 1; i >= 0; i--) x[i] = lower.slice(i + 1).reduce((rest, row, k) => rest - row[i]! * x[i + 1 + k]!, x[i]!) / lower[i]![i]!
      return x
    })
    return Array.from({ length: n * c.columns }, (_, e) => columns[e % c.columns]![Math.floor(e / c.columns)]!)
  }
  it.each([1, 2, 3, 4, 5, 8, 9, 14])("is that of plain loops, to the bit, whatever is done beside each other: %d rows", (n) => {
    const drawn = (seed: string, rows: number, columns: number) => matrix(rows, columns, random(`${seed} ${n}`).normals(rows * columns))
    const [x, w, near] = [drawn("x", n + 3, n), drawn("w", n, 3), drawn("near", n, 3)]
    const gram = product(transposed(x), x)
    expect(gram.data).toEqual(plainProduct(transposed(x), x).data)
    expect([...solve(gram, product(gram, w), near, 1e-3).data]).toEqual(plainSolve(gram, plainProduct(gram, w), near, 1e-3))
  })
})

describe("regmean", () => {
  const [g1, g2] = [matrix(2, 2, [2, 1, 1, 2]), matrix(2, 2, [1, 0, 0, 1])]
  const weights = [column(1, 0), column(0, 1)]
  it.each([[1, [0.5, 0.5]], [0.5, [0.6, 0.4]], [0, [2 / 3, 1 / 3]]] as const)("at alpha %d gives the published vector", (alpha, wanted) => {
    expect([...regmean(weights, [g1, g2], options(alpha)).data]).toEqual(close(wanted))
  })
  it("takes from each model what it has seen, and where nobody has, the mean", () => {
    const [a, b] = [matrix(3, 3, [1, 0, 0, 0, 0, 0, 0, 0, 0]), matrix(3, 3, [0, 0, 0, 0, 1, 0, 0, 0, 0])]
    expect([...regmean([column(1, 2, 3), column(4, 5, 7)], [a, b], { ...options(1), ridge: 1e-9 }).data]).toEqual(close([1, 5, 5]))
  })
  it("counts a model's inputs by its weight: of weight 2, as much as seen twice without a mean over examples", () => {
    expect([...regmean(weights, [g1, g2], options(1, [2, 1])).data]).toEqual(close([2 / 3, 1 / 3]))
    expect([...regmean(weights, [matrix(2, 2, g1.data.map((x) => 2 * x)), g2], options(1)).data]).toEqual(close([2 / 3, 1 / 3]))
  })
  it("is the mean where all have seen the same", () => {
    expect([...regmean(weights, [g1, g1], options(1)).data]).toEqual(close([0.5, 0.5]))
  })
})

describe("inputGrams", () => {
  it("are means over examples: a model's data twice changes nothing, nor do batches", async () => {
    const [net, data] = [randomNetwork([4, 5, 3], "net"), randomExamples(7, 4, 3, "data")]
    const [once, batched] = [await inputGrams(device, [net], data, { rows: 7 }), await inputGrams(device, [net], data, { rows: 3 })]
    expect(once.map(({ rows }) => rows)).toEqual([5, 6])
    once.forEach(({ data: values }, l) => values.forEach((x, k) => expect(x).toBeCloseTo(batched[l]!.data[k]!, 5)))
    const twice = { ...data, tensors: Object.fromEntries(Object.entries(data.tensors).map(([name, { dtype, shape, data: d }]) => [name, { dtype, shape: [14, ...shape.slice(1)], data: (d as Uint8Array).constructor === Uint8Array ? Uint8Array.of(...d, ...d) : Int32Array.of(...d, ...d) }])) } as typeof data
    ;(await inputGrams(device, [net], twice, { rows: 7 })).forEach(({ data: values }, l) => values.forEach((x, k) => expect(x).toBeCloseTo(once[l]!.data[k]!, 5)))
  })
})

it("what is no linear map is the mean by the models' weights", () =>
  expect([...weightedMean([Float32Array.of(1, 0), Float32Array.of(5, 4)], { weights: [3, 1] })]).toEqual([2, 1]))

it("the models' weights are one each, of which not all are 0, or none", () => {
  expect([sharesOf([], 2), sharesOf([0, 0.5], 2)]).toEqual([[1, 1], [0, 0.5]])
  for (const wrong of [[1], [0, 0], [2, -1], [NaN, 1]]) expect(() => sharesOf(wrong, 2)).toThrow(/^weight (has 1 values for 2 models|is .*: expected numbers from 0, at least one above)$/)
})

describe("RegMean of networks", () => {
  const merged = async (models: readonly Network[], sets: readonly Examples[], kind: unknown, params: object) => (await settledMerge(device, kind as Kind, { models, examples: sets }, params)).value as Network
  // x = 1; first maps 1 and 3, second 1 and 2 (the published scalar vector).
  const nets = [networkOf({ weight: [[1]] }, { weight: [[1]] }), networkOf({ weight: [[3]] }, { weight: [[2]] })]
  const data = [examplesOf([[255]], [0], 1), examplesOf([[255]], [0], 1)]
  const second = async (kind: unknown) => {
    const { tensors } = await merged(nets, data, kind, { alpha: 1, ridge: 0 })
    return [tensors["layers/0/weight"]!.data[0], tensors["layers/1/weight"]!.data[0]] as number[]
  }
  it("uses each model's own inputs: 1.9", async () => expect(await second(mergeRegmean)).toEqual(close([2, 1.9], 5)))
  it("plus uses those of the network merged so far: 1.5", async () => expect(await second(mergeRegmeanPlus)).toEqual(close([2, 1.5], 5)))
  it("of a network with itself is that network", async () => {
    const [net, seen] = [randomNetwork([4, 6, 5, 3], "same"), randomExamples(60, 4, 3, "seen")]
    const itself = await merged([net, net], [seen, seen], mergeRegmeanPlus, { alpha: 0.95, ridge: 1e-9 })
    expect(itself.meta).toEqual(net.meta)
    for (const [name, { data: values }] of Object.entries(net.tensors)) values.forEach((x, k) => expect(itself.tensors[name]!.data[k]).toBeCloseTo(x as number, 3))
  })
})
