/** Methods that need data, on language models, beside the same in plain loops over float64. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { must, ndarray, type Device, type Kind, type ParamValues, type Tensors } from "#src"
import { mergeModelsFisher, modelFisherInformation } from "../../../../nodes/merger/text-fisher.ts"
import { mergeModelsRegmean, mergeModelsRegmeanPlus } from "../../../../nodes/merger/text-regmean.ts"
import type { Model } from "../../../../nodes/port/model.ts"
import { idsOf, layOut, type Tokens } from "../../../../nodes/port/tokens.ts"
import { anyDevice } from "../../../support/any-device.ts"
import { resultOf } from "../../dataset/run-context.ts"
import { fakeContext } from "../../fake-context.ts"
import { tinyModel, tinySubstrate, tinyTokens, width } from "../../tiny-models.ts"
import { settledMerge } from "../settled-merge.ts"
import { plainGpt, type Rows } from "./plain-gpt.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const [lengths, context] = [[11, 13], 8] as const
const text = tinyTokens(lengths)
const substrate = tinySubstrate()
const [blocks, heads] = [2, 2]
const models = ["a", "b"].map((seed) => tinyModel(seed, { blocks, context })) as [Model, Model]

/** What is read and what comes next, of windows of one language. */
const windows = (locale: number): readonly { readonly read: readonly number[]; readonly next: readonly number[] }[] => {
  const from = locale === 0 ? 0 : lengths[0]
  const ids = [...(text.tensors["ids"]!.data as Int32Array)].slice(from, from + lengths[locale]!)
  return [0, context].map((at) => ({ read: [at === 0 ? text.meta.bos : ids[at - 1]!, ...ids.slice(at, at + context - 1)].slice(0, ids.slice(at, at + context).length), next: ids.slice(at, at + context) }))
}
const matrix = substrate.tensors["matrix"]!.data as Float32Array
const substrateRows: Rows = Array.from({ length: matrix.length / width }, (_, i) => [...matrix.subarray(i * width, (i + 1) * width)])
const plain = (tensors: Tensors, read: readonly number[]) => plainGpt({ heads, blocks, width, weight: (name) => must(tensors[name], name).data as Float32Array, substrate: substrateRows }, read)

const information = async (model: Model, params: Partial<ParamValues<typeof modelFisherInformation.params>>, seed = "seed", tokens = text) =>
  (await resultOf(modelFisherInformation.run({ model, substrate, tokens }, { rule: "sampled", locales: ["en"], windows: 256, ...params }, fakeContext(device, { seed }).context))).importance

describe("Fisher information of a language model", () => {
  const places = [["block/0/attention/query", 37], ["block/0/norm1/scale", 3], ["block/1/mlp/down", 200], ["block/1/mlp/up_bias", 9], ["head/weight", 30], ["norm/bias", 5]] as const
  /** Slope of every token's log-probability (each token of the vocabulary, at each place of each window), by differences. */
  const slopes = (name: string, k: number) => {
    const moved = (by: number) => {
      const values = Float64Array.from(models[0].tensors[name]!.data as Float32Array)
      values[k]! += by
      return windows(0).map(({ read }) => plain({ ...models[0].tensors, [name]: { ...models[0].tensors[name]!, data: values as never } }, read).logp)
    }
    const [up, down, now] = [moved(1e-5), moved(-1e-5), moved(0)]
    return now.map((rows, w) => rows.map((row, at) => row.map((logp, y) => ({ p: Math.exp(logp), slope: (up[w]![at]![y]! - down[w]![at]![y]!) / 2e-5 }))))
  }

  it("of the text's own tokens is the square of each window's slope", async () => {
    const found = await information(models[0], { rule: "text" })
    for (const [name, k] of places) {
      const sums = slopes(name, k).map((rows, w) => rows.reduce((sum, row, at) => sum + row[windows(0)[w]!.next[at]!]!.slope, 0))
      const wanted = sums.reduce((sum, slope) => sum + slope ** 2, 0) / lengths[0]
      expect(Math.abs(found.tensors[name]!.data[k]! as number - wanted), name).toBeLessThan(1e-3 * wanted + 1e-7)
    }
  })

  it("of drawn tokens is in the mean that of all tokens, each as often as the model has it", async () => {
    const [runs, copies] = [12, 25]
    const ids = [...idsOf(text, 0)]
    const many: Tokens = { meta: { ...text.meta, documents: Array.from({ length: copies }, (_, d) => `${d}`) }, tensors: { ...layOut(Array.from({ length: copies }, () => ids)), locale: ndarray("i32", [copies], new Int32Array(copies)), characters: ndarray("i32", [copies * ids.length], new Int32Array(copies * ids.length)) } }
    const sums = places.map(() => ({ one: 0, square: 0 }))
    for (let i = 0; i < runs; i++) {
      const { tensors } = await information(models[0], {}, `${i}`, many)
      places.forEach(([name, k], p) => {
        const x = tensors[name]!.data[k] as number
        sums[p]!.one += x
        sums[p]!.square += x * x
      })
    }
    places.forEach(([name, k], p) => {
      const wanted = slopes(name, k).flat().reduce((sum, row) => sum + row.reduce((all, { p: chance, slope }) => all + chance * slope ** 2, 0), 0) / lengths[0]
      const { one, square } = sums[p]!
      const deviation = Math.sqrt((square / runs - (one / runs) ** 2) / runs)
      expect(Math.abs(one / runs - wanted), name).toBeLessThan(4 * deviation)
      expect(deviation, name).toBeLessThan(0.2 * wanted)
    })
  })

  it("[M7] draws the same for the same seed, looks at no more windows than asked for, and refuses a language that is not there", async () => {
    expect(await information(models[0], {})).toEqual(await information(models[0], {}))
    const watched = fakeContext(device)
    await resultOf(modelFisherInformation.run({ model: models[0], substrate, tokens: text }, { rule: "sampled", locales: [], windows: 3 }, watched.context))
    expect(watched.runs).toHaveLength(3)
    await expect(information(models[0], { locales: ["zh"] })).rejects.toThrow("no language zh in the text, which has en, ru")
  })

  it("[M7] weighs each weight of the models; the merged one says what it was made of", async () => {
    const importances = await Promise.all(models.map((model) => information(model, { rule: "text" })))
    const { model } = await resultOf(mergeModelsFisher.run({ models, importances }, { normalize: false, weight: [], floor: [] }, fakeContext(device).context))
    for (const [name, k] of places) {
      const [[f, g], [v, w]] = [importances, models].map((of) => of.map(({ tensors }) => tensors[name]!.data[k] as number)) as [[number, number], [number, number]]
      expect(model.tensors[name]!.data[k], name).toBeCloseTo((f * v + g * w) / (f + g), 5)
    }
    expect(model.meta.stages).toEqual(models.flatMap(({ meta }) => meta.stages))
  })
})

describe("RegMean of language models", () => {
  const [alpha, ridge] = [0.6, 1e-6]
  const solve = (a: number[][], b: number[][]): number[][] => {
    const rows = a.map((row, i) => [...row, ...b[i]!])
    rows.forEach((_, j) => {
      const best = rows.slice(j).reduce((at, row, i) => (Math.abs(row[j]!) > Math.abs(rows[at]![j]!) ? i + j : at), j)
      ;[rows[j], rows[best]] = [rows[best]!, rows[j]!]
      rows.forEach((row, i) => {
        const by = i === j ? 0 : row[j]! / rows[j]![j]!
        if (by !== 0) for (let k = j; k < row.length; k++) row[k]! -= by * rows[j]![k]!
      })
    })
    return rows.map((row, j) => row.slice(a.length).map((x) => x / row[j]!))
  }
  /** Gram matrices of the maps of each model on its own language. */
  const grams = (of: readonly Tensors[]) =>
    of.map((tensors, i) => {
      const all = windows(i).map(({ read }) => plain(tensors, read).inputs)
      return (name: string): number[][] => {
        const rows = all.flatMap((inputs) => inputs.get(name)!)
        const n = rows[0]!.length
        return Array.from({ length: n }, (_, j) => Array.from({ length: n }, (_, k) => ((j === k ? 1 : alpha) * rows.reduce((sum, row) => sum + row[j]! * row[k]!, 0)) / rows.length))
      }
    })
  const isMap = (name: string): boolean => /attention|mlp\/(up|down)$|head\/weight/.test(name)
  const solved = (of: readonly ((name: string) => number[][])[], name: string): number[] => {
    const g = of.map((gram) => gram(name))
    const n = g[0]!.length
    const r = (ridge * g.reduce((sum, one) => sum + one.reduce((trace, row, j) => trace + row[j]!, 0), 0)) / n
    const weights = models.map(({ tensors }) => tensors[name]!.data as Float32Array)
    const m = weights[0]!.length / n
    const left = Array.from({ length: n }, (_, j) => Array.from({ length: n }, (_, k) => g[0]![j]![k]! + g[1]![j]![k]! + (j === k ? r : 0)))
    const right = Array.from({ length: n }, (_, j) => Array.from({ length: m }, (_, c) => weights.reduce((sum, w, i) => sum + w.reduce((s, _, at) => (at < n ? s + g[i]![j]![at]! * w[at * m + c]! : s), 0), 0) + (r * (weights[0]![j * m + c]! + weights[1]![j * m + c]!)) / 2))
    return solve(left, right).flat()
  }
  const mean = (name: string): number[] => [...(models[0].tensors[name]!.data as Float32Array)].map((x, k) => (x + (models[1].tensors[name]!.data[k] as number)) / 2)
  const furthest = (found: Tensors, wanted: (name: string) => readonly number[]) =>
    Math.max(...Object.keys(found).flatMap((name) => wanted(name).map((x, k) => Math.abs(x - (found[name]!.data[k] as number)))))
  const merge = async (kind: unknown, locales: readonly (readonly string[])[] = [["en"], ["ru"]], of: readonly Model[] = models): Promise<Model> =>
    (await settledMerge(device, kind as Kind, { models: of, substrate, tokens: text }, { alpha, ridge, locales })).value as Model

  it("[M7] solves every linear map for what goes into it, and takes the mean of all else", async () => {
    const { tensors, meta } = await merge(mergeModelsRegmean)
    const own = grams(models.map((model) => model.tensors))
    expect(Object.keys(tensors).filter(isMap)).toHaveLength(6 * blocks + 1)
    expect(furthest(tensors, (name) => (isMap(name) ? solved(own, name) : mean(name)))).toBeLessThan(2e-3)
    expect(meta.stages).toHaveLength(2)
  })

  it("plus goes up the merged blocks, each model's own block on them", async () => {
    const { tensors } = await merge(mergeModelsRegmeanPlus)
    let merged: Tensors = Object.fromEntries(Object.keys(tensors).map((name) => [name, { ...tensors[name]!, data: Float64Array.from(mean(name)) as never }]))
    for (const inStage of ["block/0/", "block/1/", "norm|head"].map((words) => (name: string) => new RegExp(`^(${words})`).test(name))) {
      const mixed = grams(models.map((model) => ({ ...merged, ...Object.fromEntries(Object.entries(model.tensors).filter(([name]) => inStage(name))) })))
      const made = Object.keys(tensors).filter((name) => inStage(name) && isMap(name)).map((name) => [name, { ...tensors[name]!, data: Float64Array.from(solved(mixed, name)) as never }] as const)
      merged = { ...merged, ...Object.fromEntries(made) }
    }
    expect(furthest(tensors, (name) => [...(merged[name]!.data as Float32Array)])).toBeLessThan(2e-3)
    const { tensors: without } = await merge(mergeModelsRegmean)
    expect(furthest(tensors, (name) => [...(without[name]!.data as Float32Array)])).toBeGreaterThan(0.01)
  })

  it("of a model with itself is that model", async () => {
    const [same] = models
    expect(furthest((await merge(mergeModelsRegmeanPlus, [], [same, same])).tensors, (name) => [...(same.tensors[name]!.data as Float32Array)])).toBeLessThan(2e-2)
  })
})
