/** Methods that choose elements, scale by depth or restore a variance. */
import { describe, expect, it } from "vitest"
import { ndarray, random } from "#src"
import { arceeFusion, ram, ramPlus } from "../../../../nodes/merger/data-free/changed-elements.ts"
import { lines } from "../../../../nodes/merger/data-free/lines.ts"
import { sce } from "../../../../nodes/merger/data-free/sce.ts"
import { varianceCorrected } from "../../../../nodes/merger/data-free/variance-corrected.ts"
import { placesOf } from "../../../../nodes/merger/method/place.ts"
import { close, merge, mergeAll, tensor } from "../merging.ts"

describe("sce", () => {
  it("weighs models by the squares of their differences and erases what is against the sign", () => {
    // Squares 10 and 5: weights 2/3 and 1/3. Element 0 agrees, element 1 goes to the first model.
    expect(merge(sce, [[1, 3], [2, -1]], { base: [0, 0] })).toEqual(close([(2 / 3) * 1 + (1 / 3) * 2, 3]))
  })
  it("selects the elements in which models differ most, and of these alone takes the weights", () => {
    // Variances 0.25, 4, 0: one of the two that vary is selected. Squares there: 9 and 1.
    expect(merge(sce, [[1, 3, 5], [2, -1, 5]], { base: [0, 0, 0], params: { select_topk: 0.5 } })).toEqual(close([0, 3, 0]))
  })
  it("divides by a millionth at least, as mergekit does: what a model of hardly any weight changes alone stays small", () => {
    expect(merge(sce, [[1000, 0], [0, 0.1]], { base: [0, 0] })).toEqual(close([1000, 0.001]))
  })
  it("weighs small differences as it does large ones; with compat mergekit alike", () => {
    const at = (compat: string, scale: number) => merge(sce, [[1, 3], [2, -1]].map((row) => row.map((x) => scale * x)), { base: [0, 0], params: { compat } }).map((x) => x / scale)
    expect(at("none", 1e-4)).toEqual(close([4 / 3, 3]))
    expect(at("mergekit", 1e-4)).toEqual(close([1.5, 3]))
    // Mean squares 5 and 2.5, times the scale's square: below a millionth in all, or not.
    expect(at("mergekit", 3.6e-4)).toEqual(close([1.5, 3]))
    expect(at("mergekit", 3.7e-4)).toEqual(close([4 / 3, 3]))
  })
})

describe("ram", () => {
  it("adds what one model changed, averages what several did", () => {
    expect(merge(ram, [[1, 2, 0], [1, 0, 0]], { base: [0, 0, 0] })).toEqual([1, 2, 0])
    expect(merge(ram, [[1, 2, 1e-6], [3, 0, 0]], { base: [0, 0, 0] })).toEqual([2, 2, 0])
  })
  it("with plus makes good for what is shared, up to alpha", () => {
    const models = [[1, 2, 0, 0], [3, 0, 4, 4]]
    // Shared to own: 1/1 and 1/2, both above alpha = 0.2.
    expect(merge(ramPlus, models, { base: [0, 0, 0, 0] })).toEqual(close([2, 2 * 1.02, 4 * 1.02, 4 * 1.02]))
    expect(merge(ramPlus, models, { base: [0, 0, 0, 0], params: { alpha: 1, r: 1 } })).toEqual(close([2, 4, 6, 6]))
  })
})

describe("arcee_fusion", () => {
  it("takes the elements of a model whose importance stands out", () => {
    const base = Array.from({ length: 10 }, (_, r) => [...random(`row-${r}`).normals(8)])
    const tuned = base.map((row, r) => row.map((x, k) => (r === 3 && k === 2 ? x + 2 : x + 0.01 * ((k % 3) - 1))))
    const merged = merge(arceeFusion, [tuned], { base })
    const f32 = (rows: number[][]) => rows.flat().map(Math.fround)
    expect(merged[26]).toBe(f32(tuned)[26])
    const taken = merged.filter((x, k) => x !== f32(base)[k]).length
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(20)
    expect(merge(arceeFusion, [tuned], { base, blockElements: 16 })).toEqual(merged)
  })
  it("takes the lower of two elements between which a quartile lies, as mergekit does", () => {
    // Tenths of one row, so in the order of importance: quartiles 2, 3 and 4, and from 3 + 1.5 (4 - 2) on they are taken. Interpolated that would be 7.25.
    const tuned = [0.1, 0.2, 0.3, 0.4, 0.5, 0.65]
    expect(merge(arceeFusion, [[tuned]], { base: [[0, 0, 0, 0, 0, 0]] })).toEqual([0, 0, 0, 0, 0, Math.fround(0.65)])
  })
  it("finds quartiles of more than a million elements exactly, where mergekit takes those of a random sample", () => {
    const [rows, columns] = [1030, 1001]
    const [base, change] = ["base", "change"].map((seed) => random(seed).normals(rows * columns)) as [Float32Array, Float32Array]
    const tuned = base.map((x, k) => x + 0.1 * change[k]! ** 3)
    const matrix = (data: Float32Array) => ({ w: ndarray("f32", [rows, columns], data) })
    const merged = mergeAll(arceeFusion, { base: matrix(base), models: [matrix(tuned)] })["w"]!.data
    const shares = (row: Float32Array): readonly number[] => {
      const powers = Array.from(row, Math.exp)
      const total = powers.reduce((a, b) => a + b, 0)
      return powers.map((x) => x / total + 1e-8)
    }
    const importance = new Float32Array(rows * columns)
    for (let r = 0; r < rows; r++) {
      const [p, q] = [shares(tuned.subarray(r * columns, (r + 1) * columns)), shares(base.subarray(r * columns, (r + 1) * columns))]
      const divergence = Math.max(0, p.reduce((sum, x, k) => sum + x * Math.log(x / q[k]!), 0))
      for (let k = r * columns; k < (r + 1) * columns; k++) importance[k] = Math.abs(tuned[k]! - base[k]!) * divergence
    }
    const sorted = importance.slice().sort()
    const quartile = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))]!
    const least = quartile(0.5) + 1.5 * (quartile(0.75) - quartile(0.25))
    // The greatest of a row's powers is taken out of them there, not here: at the edge itself the last bit may differ.
    const wrong = importance.reduce((n, x, k) => n + Number(merged[k] !== (x >= least ? tuned : base)[k] && Math.abs(x / least - 1) > 1e-6), 0)
    expect(wrong).toBe(0)
    const taken = importance.reduce((n, x) => n + Number(x >= least), 0)
    expect(taken).toBeGreaterThan(10_000)
    expect(taken).toBeLessThan(300_000)
  })
})

describe("lines", () => {
  const layers = ["layers/0/w", "layers/1/w", "layers/2/w", "head"]
  const model = (value: number) => Object.fromEntries(layers.map((name) => [name, tensor([value])]))
  const run = (params: Record<string, number | string>, models = [model(1)]) => Object.values(mergeAll(lines, { base: model(0), models, params })).map(({ data }) => data[0] as number)

  it("scales by depth, outside of the layers by alpha", () => {
    expect(run({ alpha: 0.2, beta: 0.8 })).toEqual(close([0.2, 0.6, 1, 0.2]))
    expect(run({ alpha: 0.4, beta: 0 })).toEqual(close([0.4, 0.4, 0.4, 0.4]))
  })
  it("of a model of one layer uses alpha", () => {
    const one = (value: number) => ({ "layers/0/w": tensor([value]) })
    expect(mergeAll(lines, { base: one(0), models: [one(1)], params: { alpha: 0.3, beta: 0.7 } })["layers/0/w"]!.data[0]).toBeCloseTo(0.3)
  })
  it("finds alpha by norms over the model: one over the number of tasks for a plain sum", () => {
    const of = (u: number, v: number) => ({ "layers/0/w": tensor([u]), "layers/1/w": tensor([v]) })
    const given = { base: of(0, 0), models: [of(1, -1), of(1, 1)] }
    expect(Object.values(mergeAll(lines, { ...given, params: { alpha_from: "norms", beta: 0 } })).map(({ data }) => data[0])).toEqual([1, 0])
    const halved = mergeAll(lines, { ...given, params: { alpha_from: "norms", beta: 0 }, each: [{ weight: 0.25 }, { weight: 0.25 }] })
    // Alpha is 4 / 2 = 2 now and makes good for the weights.
    expect(halved["layers/0/w"]!.data[0]).toBe(1)
  })
  it("finds a layer by the first number of a name, in stacks of their own", () => {
    const at = (...names: readonly string[]) => placesOf(Object.fromEntries(names.map((name) => [name, [1]]))).map(({ layer, layers }) => [layer, layers])
    expect(at("model.layers.7.mlp.0.weight", "model.layers.10.mlp.0.weight", "vision.blocks.1.w", "lm_head.weight", "h2o.w")).toEqual([[7, 11], [10, 11], [1, 2], [undefined, 0], [undefined, 0]])
  })
})

describe("variance_corrected", () => {
  const draws = ["a", "b", "c"].map((id) => [...random(id).normals(20_000)].map((x) => 0.01 * x + 0.5))
  const moments = (values: readonly number[]) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1) }
  }
  it("restores the variance that averaging loses, about the same mean", () => {
    const merged = moments(merge(varianceCorrected, draws))
    const wanted = draws.reduce((sum, d) => sum + moments(d).variance / 3, 0)
    expect(merged.variance / wanted).toBeCloseTo(1, 4)
    expect(merged.mean).toBeCloseTo(draws.reduce((sum, d) => sum + moments(d).mean / 3, 0), 6)
    const plain = moments(draws[0]!.map((_, k) => (draws[0]![k]! + draws[1]![k]! + draws[2]![k]!) / 3))
    expect(Math.sqrt(merged.variance / plain.variance)).toBeCloseTo(Math.sqrt(3), 1)
  })
  it("leaves equal models as they are, and constants and single elements", () => {
    expect(merge(varianceCorrected, [[1, 2, 4], [1, 2, 4]])).toEqual(close([1, 2, 4]))
    expect(merge(varianceCorrected, [[2, 2], [2, 2]])).toEqual([2, 2])
    expect(merge(varianceCorrected, [[2], [4]])).toEqual([3])
    // No share of any: as a weighted sum.
    expect(merge(varianceCorrected, [[1, 2], [3, 5]], { each: [{ weight: 0 }, { weight: 0 }] }).map(Math.abs)).toEqual([0, 0])
  })
  it.each([16, 17])("of %d models, by pairs or by the sum, stretches the mean to the variance of the models", (count) => {
    const many = Array.from({ length: count }, (_, i) => [...random(`many ${i}`).normals(200)].map((x) => 0.01 * x + 0.001 * i))
    const weights = many.map((_, i) => 1 + (i % 3))
    const total = weights.reduce((a, b) => a + b)
    const plain = many[0]!.map((_, k) => many.reduce((sum, of, i) => sum + (weights[i]! / total) * of[k]!, 0))
    const wanted = many.reduce((sum, of) => sum + moments(of).variance / count, 0)
    const { mean, variance } = moments(plain)
    const stretch = Math.sqrt(wanted / variance)
    expect(merge(varianceCorrected, many, { each: weights.map((weight) => ({ weight })) })).toEqual(close(plain.map((x) => mean + stretch * (x - mean))))
  })
  it("with the authors' eps corrects too little: 1.22 in place of 1.73 at a variance of 1e-4", () => {
    const authors = moments(merge(varianceCorrected, draws, { params: { compat: "authors" } })).variance
    const plain = moments(draws[0]!.map((_, k) => (draws[0]![k]! + draws[1]![k]! + draws[2]![k]!) / 3)).variance
    expect(Math.sqrt(authors / plain)).toBeCloseTo(1.2247, 2)
  })
  it("can follow the first model's variance, or go between", () => {
    const wide = draws[0]!.map((x) => 3 * x)
    const at = (follow: string) => moments(merge(varianceCorrected, [wide, draws[1]!], { params: { follow }, each: [{ weight: 0.25 }, { weight: 0.75 }] })).variance / 1e-4
    expect(at("self")).toBeCloseTo(9, 0)
    expect(at("conservative")).toBeCloseTo(3, 0)
  })
  it.each(["norm/running_var", "norm/running_mean", "norm/num_batches_tracked"])("averages %s and does not stretch it", (name) => {
    const of = (values: readonly number[]) => ({ [name]: ndarray("f32", [2], Float32Array.from(values)) })
    expect([...(mergeAll(varianceCorrected, { models: [of([1, 2]), of([3, 6])] })[name]!.data as Float32Array)]).toEqual([2, 4])
  })
})
