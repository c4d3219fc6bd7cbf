import { describe, expect, it } from "vitest"
import { random } from "#src"
import { breadcrumbs, dareLinear, dareTies, della, dellaLinear, ties } from "../../../../nodes/merger/data-free/task-vectors.ts"
import { close, merge, tensor, mergeAll } from "../merging.ts"

const each = (density: number, ...weights: readonly number[]) => weights.map((weight) => ({ density, weight }))
const zeros = (n: number) => Array.from({ length: n }, () => 0)

describe("ties", () => {
  const [a, b] = [[3, -1, 0.1], [-2, -2, 0.2]]
  it("finding 6: trims, elects signs, averages those that agree", () => {
    expect(merge(ties, [a, b], { base: zeros(3), each: each(2 / 3, 1, 1) })).toEqual([3, -1.5, 0])
  })
  it("finding 6: with compat original keeps one element more", () => {
    expect(merge(ties, [a, b], { base: zeros(3), each: each(2 / 3, 1, 1), params: { compat: "original" } })).toEqual(close([3, -1.5, 0.15]))
  })
  it("finding 6: trims each tensor, or the model", () => {
    const models = [{ u: tensor([4, 3]), v: tensor([2, 1]) }]
    const base = { u: tensor([0, 0]), v: tensor([0, 0]) }
    const kept = (scope: string) => Object.values(mergeAll(ties, { base, models, each: each(0.5, 1), params: { scope } })).map(({ data }) => [...(data as Float32Array)])
    expect(kept("tensor")).toEqual([[4, 0], [2, 0]])
    expect(kept("model")).toEqual([[4, 3], [0, 0]])
  })
  it("finding 6: weights count in the election of signs, or do not", () => {
    const given = { base: [0], each: each(1, 1, 3) }
    expect(merge(ties, [[2], [-1]], { ...given, params: { signs: "weighted" } })).toEqual([-1])
    expect(merge(ties, [[2], [-1]], { ...given, params: { signs: "plain" } })).toEqual([2])
  })
  it("finding 4: of a tiny tensor keeps at least one element, where mergekit stops", () => {
    expect(merge(ties, [[1, 5]], { base: [0, 0], each: each(0.2, 1) })).toEqual([0, 5])
    expect(merge(ties, [[1, 5]], { base: [0, 0], each: each(0, 1) })).toEqual([0, 0])
  })
  it("takes a sum of exactly 0 for a positive one", () => {
    expect(merge(ties, [[1, 2], [-1, -1]], { base: [0, 0], each: each(1, 1, 1) })).toEqual([1, 2])
  })
  it("divides by the weights of those that agree, or not at all", () => {
    expect(merge(ties, [[1], [3]], { base: [0], each: each(1, 1, 3) })).toEqual([2.5])
    expect(merge(ties, [[1], [3]], { base: [0], each: each(1, 1, 3), params: { normalize: false, lambda: 0.5 } })).toEqual([5])
  })
  it("keeps exactly the k largest of many, as sorting finds them", () => {
    const values = [...random("ties").normals(5000)]
    const merged = merge(ties, [values], { base: zeros(5000), each: each(0.2, 1), blockElements: 64 })
    const least = values.map(Math.abs).sort((x, y) => y - x)[999]!
    expect(merged).toEqual(values.map((x) => (Math.abs(x) >= least ? x : 0)))
    expect(merged.filter((x) => x !== 0).length).toBe(1000)
  })
})

describe("dare", () => {
  it("finding 5: enlarges by 1/density, or by the share of the L1 norm that stayed", () => {
    // The mask of this seed is not known beforehand: it shows in the result.
    const delta = [1, 2, 3, 4, 5, 6, 7, 8]
    const run = (rescale: string) => merge(dareLinear, [delta], { base: zeros(8), each: each(0.5, 1), params: { rescale } })
    const plain = run("none")
    const kept = plain.map((x) => x !== 0)
    expect(kept.filter(Boolean).length).toBeGreaterThan(0)
    expect(plain).toEqual(delta.map((d, k) => (kept[k] ? d : 0)))
    expect(run("chance")).toEqual(plain.map((x) => 2 * x))
    const share = 36 / plain.reduce((a, b) => a + b, 0)
    expect(run("l1")).toEqual(close(plain.map((x) => x * share), 5))
  })
  it("finding 2.17: of the mask (1, 0, 1, 0) gives the published vectors, by 1/density and by the L1 norm", () => {
    const run = (rescale: string, seed: string) => merge(dareLinear, [[1, 2, 3, 4]], { base: zeros(4), each: each(0.5, 1), params: { rescale }, seed })
    const seed = Array.from({ length: 200 }, (_, i) => `${i}`).find((s) => run("none", s).join() === "1,0,3,0")!
    expect(run("chance", seed)).toEqual([2, 0, 6, 0])
    expect(run("l1", seed)).toEqual([2.5, 0, 7.5, 0])
  })
  it("finding 5: of normal numbers both scales are alike, 10 at density 0.1", () => {
    const delta = [...random("gauss").normals(100_000)]
    const run = (rescale: string) => merge(dareLinear, [delta], { base: zeros(100_000), each: each(0.1, 1), params: { rescale } })
    const [l1, chance] = [run("l1"), run("chance")]
    const at = chance.findIndex((x) => x !== 0)
    expect(chance[at]! / delta[at]!).toBeCloseTo(10, 4)
    // Four deviations of the sum that stayed: sqrt((1 - p) / (p n)) sqrt(pi / 2) of it each.
    expect(Math.abs(l1[at]! / delta[at]! - 10)).toBeLessThan(10 * 4 * Math.sqrt(9 / 100_000) * Math.sqrt(Math.PI / 2))
    expect(l1[at]).not.toBe(chance[at])
  })
  it("finding 5: an outlier moves the L1 scale far from 1/density, and not that of the paper", () => {
    const delta = [1000, ...Array.from({ length: 999 }, () => 0.01)]
    const scales = Array.from({ length: 12 }, (_, seed) => {
      const [l1, chance] = ["l1", "chance"].map((rescale) => merge(dareLinear, [delta], { base: zeros(1000), each: each(0.1, 1), params: { rescale }, seed: `${seed}` }))
      const at = (values: number[]) => values.slice(1).find((x) => x !== 0)! / 0.01
      return [at(l1!), at(chance!)] as const
    })
    expect(scales.every(([, chance]) => Math.abs(chance - 10) < 1e-4)).toBe(true)
    expect(Math.max(...scales.map(([l1]) => l1))).toBeGreaterThan(100)
    expect(Math.min(...scales.map(([l1]) => l1))).toBeLessThan(1.1)
  })
  it("is right in the mean", () => {
    const runs = 4000
    const total = zeros(4)
    for (let seed = 0; seed < runs; seed++) merge(dareLinear, [[1, 2, 3, 4]], { base: zeros(4), each: each(0.5, 1), seed: `mean/${seed}` }).forEach((x, k) => (total[k]! += x))
    // The deviation of d/p with chance p is d sqrt((1 - p) / p).
    total.forEach((sum, k) => expect(Math.abs(sum / runs - (k + 1))).toBeLessThan((4 * (k + 1)) / Math.sqrt(runs)))
  })
  it("M2 draws masks by place: blocks and the order of models change no byte", () => {
    const models = ["a", "b", "c"].map((id) => [...random(id).normals(200)])
    const at = (order: readonly number[], blockElements: number) =>
      merge(dareTies, order.map((i) => models[i]!), { base: zeros(200), ids: order.map((i) => `id-${i}`), each: order.map((i) => ({ density: 0.4, weight: 1 + i })), blockElements })
    const first = at([0, 1, 2], 1000)
    for (const blockElements of [3, 64, 200]) expect(at([2, 0, 1], blockElements)).toEqual(first)
    expect(at([0, 1, 2], 1000)).not.toEqual(merge(dareTies, models, { base: zeros(200), seed: "another", ids: ["id-0", "id-1", "id-2"], each: [1, 2, 3].map((weight) => ({ density: 0.4, weight })) }))
  })
})

describe("breadcrumbs", () => {
  it("drops the largest and the smallest", () => {
    const delta = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    expect(merge(breadcrumbs, [delta], { base: zeros(10), params: { lambda: 1 }, each: [{ density: 0.5, gamma: 0.2 }] })).toEqual([0, 0, 0, 4, 5, 6, 7, 8, 0, 0])
  })
  it("finding 4: keeps what density says, at least one, where gamma * n or density * n is below 1; with compat mergekit nothing is left", () => {
    const run = (compat: string) => merge(breadcrumbs, [[1, 2, 3, 4]], { base: zeros(4), params: { lambda: 1, compat }, each: [{ density: 0.5, gamma: 0.01 }] })
    expect(run("none")).toEqual([0, 0, 3, 4])
    expect(run("mergekit")).toEqual([0, 0, 0, 0])
    const few = (compat: string) => merge(breadcrumbs, [[1, 2, 3, 4]], { base: zeros(4), params: { lambda: 1, compat }, each: [{ density: 0.2, gamma: 0.25 }] })
    expect([few("none"), few("mergekit")]).toEqual([[0, 0, 3, 0], [0, 0, 0, 0]])
  })
  it("finding 4: keeps what density says where gamma is 0, of any length; with compat mergekit nothing is left, but at density 1 everything", () => {
    const delta = [...random("crumbs").normals(1000)]
    const run = (compat: string, density: number, gamma: number) => merge(breadcrumbs, [delta], { base: zeros(1000), params: { lambda: 1, compat }, each: [{ density, gamma }] })
    expect(["none", "mergekit"].map((compat) => run(compat, 0.5, 0).filter((x) => x !== 0).length)).toEqual([500, 0])
    for (const gamma of [0, 1e-4, 0.01]) for (const compat of ["none", "mergekit"]) expect(run(compat, 1, gamma)).toEqual(delta)
  })
})

describe("della", () => {
  it("keeps large elements of a row more often than small ones", () => {
    const row = [0.1, 1, 2, 3, 4]
    const kept = zeros(5)
    const runs = 2000
    for (let seed = 0; seed < runs; seed++) {
      merge(dellaLinear, [[row, [...row].reverse()]], { base: [zeros(5), zeros(5)], each: [{ density: 0.5, epsilon: 0.4 }], params: { rescale: "none" }, seed: `${seed}` })
        .slice(0, 5).forEach((x, k) => (kept[k]! += Number(x !== 0)))
    }
    kept.forEach((n, k) => expect(Math.abs(n / runs - (0.1 + 0.2 * k))).toBeLessThan(0.045))
  })
  it("keeps everything at density 1, as the authors and mergekit do, and nothing at 0", () => {
    const row = [...random("della").normals(500)]
    for (const method of [della, dellaLinear]) for (const rescale of ["none", "chance", "l1"]) {
      const at = (density: number) => merge(method, [[row, row]], { base: [zeros(500), zeros(500)], each: [{ density }], params: { rescale } })
      expect(at(1)).toEqual([...row, ...row])
      expect(at(0)).toEqual(zeros(1000))
    }
  })
  it("near either end goes as far from density as fits, so that density is what is kept in the mean", () => {
    const row = [...random("near").normals(20_000)]
    for (const density of [0.05, 0.95]) {
      const merged = merge(dellaLinear, [[row]], { base: [zeros(20_000)], each: [{ density, epsilon: 0.5 }], params: { rescale: "none" } })
      // Four deviations, at most sqrt(p (1 - p) n) each.
      expect(Math.abs(merged.filter((x) => x !== 0).length - density * 20_000)).toBeLessThan(4 * Math.sqrt(0.05 * 0.95 * 20_000))
    }
  })
  it("of a row of one element keeps it with chance density, where mergekit divides 0 by 0", () => {
    const runs = Array.from({ length: 200 }, (_, seed) => merge(della, [[[1], [2]]], { base: [[0], [0]], each: [{ density: 0.5 }], params: { rescale: "none" }, seed: `${seed}` }))
    expect(runs.flat().every(Number.isFinite)).toBe(true)
    // By the L1 norm too, of which nothing may have stayed.
    const scaled = runs.map((_, seed) => merge(della, [[[1], [2]]], { base: [[0], [0]], each: [{ density: 0.5 }], params: { rescale: "l1" }, seed: `${seed}` }).join())
    expect([...new Set(scaled)].sort()).toEqual(["0,0", "0,3", "1,2", "3,0"])
    const kept = runs.flat().filter((x) => x !== 0).length
    expect(kept).toBeGreaterThan(140)
    expect(kept).toBeLessThan(260)
  })
})
