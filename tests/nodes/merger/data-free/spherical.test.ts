import { describe, expect, it } from "vitest"
import { random } from "#src"
import { slerp } from "../../../../nodes/merger/data-free/interpolation.ts"
import { karcher, modelStock, modelStockRows, multislerp } from "../../../../nodes/merger/data-free/spherical.ts"
import { close, merge } from "../merging.ts"

describe("multislerp", () => {
  const given = { each: [{ weight: 0.7 }, { weight: 0.3 }] }
  it("finding 4: of two models is SLERP; with compat mergekit the straight mean of directions", () => {
    expect(merge(multislerp, [[1, 0], [0, 1]], given)).toEqual(close(merge(slerp, [[1, 0], [0, 1]], { params: { t: 0.3 } })))
    expect(merge(multislerp, [[1, 0], [0, 1]], given)).toEqual(close([0.891, 0.454], 3))
    expect(merge(multislerp, [[1, 0], [0, 1]], { ...given, params: { compat: "mergekit" } })).toEqual(close([0.919, 0.394], 3))
  })
  it("finding 4: of three models is not the mean of directions, which is what compat mergekit gives", () => {
    const models = ["a", "b", "c"].map((id) => [...random(id).normals(40)])
    const shares = [0.2, 0.3, 0.5]
    const size = (v: readonly number[]) => Math.hypot(...v)
    const mean = models[0]!.map((_, k) => shares.reduce((sum, w, i) => sum + (w * models[i]![k]!) / size(models[i]!), 0))
    const length = shares.reduce((sum, w, i) => sum + w * size(models[i]!), 0)
    const run = (compat: string) => merge(multislerp, models, { each: shares.map((weight) => ({ weight })), params: { compat } })
    const theirs = mean.map((x) => (x / size(mean)) * length)
    expect(run("mergekit")).toEqual(close(theirs))
    expect(size(run("none").map((x, k) => x - theirs[k]!))).toBeGreaterThan(0.01)
    expect(size(run("none"))).toBeCloseTo(length, 5)
  })
  it("has the weighted mean length", () => {
    expect(Math.hypot(...merge(multislerp, [[1, 0, 0], [0, 2, 0], [0, 0, 3]]))).toBeCloseTo(2, 5)
  })
  it("without a weight is 0, or the base, also where only a model that is the base has one", () => {
    const none = [{ weight: 0 }, { weight: 0 }]
    expect(merge(multislerp, [[2, 1], [1, 2]], { each: none })).toEqual([0, 0])
    for (const each of [none, [{ weight: 1 }, { weight: 0 }]]) expect(merge(multislerp, [[5, 6], [1, 2]], { base: [5, 6], each })).toEqual([5, 6])
  })
  it("with a base turns the differences from it", () => {
    expect(merge(multislerp, [[2, 1], [1, 2]], { base: [1, 1] })).toEqual(close([1 + Math.SQRT1_2, 1 + Math.SQRT1_2]))
  })
})

describe("karcher", () => {
  it("is where the tangents to its models cancel", () => {
    const models = ["a", "b", "c", "d"].map((id) => [...random(id).normals(30)])
    const mean = merge(karcher, models, { params: { max_iter: 200, tol: 1e-10 } })
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)
    const unit = (a: readonly number[]) => a.map((x) => x / Math.sqrt(dot(a, a)))
    const u = unit(mean)
    const tangents = models.map((model) => {
      const v = unit(model)
      const angle = Math.acos(dot(u, v))
      return v.map((x, k) => (angle / Math.sin(angle)) * (x - dot(u, v) * u[k]!))
    })
    const total = tangents.reduce((a, b) => a.map((x, k) => x + b[k]!))
    expect(Math.sqrt(dot(total, total))).toBeLessThan(1e-5)
    expect(Math.sqrt(dot(mean, mean))).toBeCloseTo(models.reduce((sum, m) => sum + Math.sqrt(dot(m, m)) / 4, 0), 4)
  })
  it("of equal models is that model, and leaves one without a direction out", () => {
    expect(merge(karcher, [[3, 4], [3, 4]])).toEqual(close([3, 4]))
    expect(merge(karcher, [[3, 4], [0, 0]])).toEqual(close([1.5, 2]))
  })
})

describe("model_stock", () => {
  it.each([16, 17])("of %d models, by the products of pairs or by the sum of directions, moves as far as their mean cosine says", (count) => {
    const base = [...random("base").normals(60)]
    const shared = random("shared").normals(60)
    // The last does not differ from the base: it has no direction.
    const models = Array.from({ length: count }, (_, i) => (i === count - 1 ? base : base.map((x, k) => x + 0.1 * (shared[k]! + random(`own ${i}`).normals(60)[k]!))))
    const deltas = models.map((of) => of.map((x, k) => Math.fround(x) - Math.fround(base[k]!)))
    const cosines = deltas.flatMap((a, i) => deltas.slice(0, i).map((b) => (Math.hypot(...a) * Math.hypot(...b) === 0 ? 0 : a.reduce((sum, x, k) => sum + x * b[k]!, 0) / (Math.hypot(...a) * Math.hypot(...b)))))
    const c = cosines.reduce((a, b) => a + b) / cosines.length
    const t = (count * c) / (1 + (count - 1) * c)
    expect(t).toBeGreaterThan(0.5)
    expect(merge(modelStock, models, { base })).toEqual(close(base.map((x, k) => x + (t / count) * deltas.reduce((sum, of) => sum + of[k]!, 0))))
  })
  it("goes towards the base by the angle between differences", () => {
    // At 60 degrees c = 1/2, N = 2: t = 2/3.
    const [a, b] = [[1, 0], [0.5, Math.sqrt(3) / 2]]
    expect(merge(modelStock, [a, b], { base: [0, 0] })).toEqual(close([0.5, Math.sqrt(3) / 6]))
    expect(merge(modelStock, [[1, 0], [0, 1]], { base: [0, 0] })).toEqual(close([0, 0]))
  })
  it("finding 4: keeps all of two equal differences of any size; with compat mergekit loses 98 % of small ones", () => {
    const small = [[1e-4, 0], [1e-4, 0]]
    expect(merge(modelStock, small, { base: [0, 0] })).toEqual(close([1e-4, 0], 10))
    const lost = merge(modelStock, small, { base: [0, 0], params: { compat: "mergekit" } })[0]!
    expect(lost / 1e-4).toBeCloseTo(0.02, 3)
    expect(merge(modelStock, [[1e-2, 0], [1e-2, 0]], { base: [0, 0], params: { compat: "mergekit" } })).toEqual(close([1e-2, 0], 8))
  })
  it("stays at the base where differences point apart", () => {
    expect(merge(modelStock, [[1, 0.1], [-1, 0.1]], { base: [0, 0] })).toEqual([0, 0])
  })
  it("finding 4: with compat mergekit goes beyond the base where differences point apart, and is not a number where they are opposite", () => {
    // c = -0.99 / 1.01, N = 2: t = 2 c / (1 + c) = -99, of a mean of (0, 0.1).
    const run = (models: readonly number[][], compat: string) => merge(modelStock, models, { base: [0, 0], params: { compat } })
    expect(run([[1, 0.1], [-1, 0.1]], "mergekit")).toEqual(close([0, -9.9], 4))
    expect(run([[1, 0], [-1, 0]], "none")).toEqual([0, 0])
    expect(run([[1, 0], [-1, 0]], "mergekit").every(Number.isFinite)).toBe(false)
  })
  it("by rows has a share for each", () => {
    const merged = merge(modelStockRows, [[[1, 0], [2, 0]], [[0, 1], [2, 0]]], { base: [[0, 0], [0, 0]] })
    expect(merged).toEqual(close([0, 0, 2, 0]))
  })
})
