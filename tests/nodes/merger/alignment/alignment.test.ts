import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { random, type Device } from "#src"
import { assign } from "../../../../nodes/merger/alignment/assignment.ts"
import { joined, pairs } from "../../../../nodes/merger/alignment/group.ts"
import { correlations, matchActivations } from "../../../../nodes/merger/alignment/match-activations.ts"
import { matchNetworks } from "../../../../nodes/merger/alignment/match-weights.ts"
import { permuted } from "../../../../nodes/merger/alignment/permute.ts"
import { fittedJoin, partialGroups } from "../../../../nodes/merger/alignment/pleas.ts"
import { outputMoments, repaired } from "../../../../nodes/merger/alignment/repair.ts"
import { zipGroups } from "../../../../nodes/merger/alignment/zip-groups.ts"
import { inputGrams } from "../../../../nodes/merger/with-data/activations.ts"
import type { Network } from "../../../../nodes/port/network.ts"
import { anyDevice } from "../../../support/any-device.ts"
import { answers, networkOf, examplesOf, randomExamples, randomNetwork } from "../networks.ts"
import { close } from "../merging.ts"

let device: Device
beforeAll(async () => {
  device = await anyDevice()
})
afterAll(() => device.close())

const shuffled = (n: number, seed: string): number[] => Array.from({ length: n }, (_, i) => i).sort((a, b) => random(seed).uniform(a) - random(seed).uniform(b))
const inverse = (order: readonly number[]) => order.map((_, i) => order.indexOf(i))
const shuffledNetwork = (net: Network, seed: string): { readonly net: Network; readonly orders: readonly (readonly number[])[] } => {
  const orders = net.meta.widths.slice(1, -1).map((width, l) => shuffled(width, `${seed}/${l}`))
  return { net: permuted(net, orders), orders }
}
const near = (a: readonly (readonly number[])[], b: readonly (readonly number[])[], digits: number) => a.forEach((row, n) => row.forEach((x, k) => expect(x).toBeCloseTo(b[n]![k]!, digits)))

describe("assign", () => {
  const permutations = (n: number): number[][] => (n === 0 ? [[]] : permutations(n - 1).flatMap((rest) => Array.from({ length: n }, (_, i) => [...rest.slice(0, i), n - 1, ...rest.slice(i)])))
  it("finds the best of all assignments", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5 }).chain((n) => fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: n * n, maxLength: n * n })), (gains) => {
      const n = Math.sqrt(gains.length)
      const worth = (order: readonly number[]) => order.reduce((sum, j, i) => sum + gains[i * n + j]!, 0)
      const found = assign(Float64Array.from(gains), n)
      expect([...found].sort((a, b) => a - b)).toEqual(found.map((_, i) => i))
      expect(worth(found)).toBeCloseTo(Math.max(...permutations(n).map(worth)), 9)
    }))
  })
})

describe("matchNetworks (Git Re-Basin)", () => {
  it.each([["one hidden layer", [8, 16, 4]], ["three wide ones", [16, 32, 32, 32, 10]]] as const)("finds the order of a shuffled network: %s", (_, widths) => {
    const a = randomNetwork(widths, "a")
    const { net, orders } = shuffledNetwork(a, "shuffle")
    const data = randomExamples(10, widths[0], widths.at(-1)!, "data")
    near(answers(net, data), answers(a, data), 5)
    const found = matchNetworks(a, net, random("match"))
    expect(found).toEqual(orders.map(inverse))
    expect(permuted(net, found)).toEqual(a)
  })
  it("brings other networks closer, and never farther", () => {
    const [a, b] = [randomNetwork([8, 24, 24, 4], "a"), randomNetwork([8, 24, 24, 4], "b")]
    const distance = (of: Network) => Object.entries(of.tensors).reduce((sum, [name, { data }]) => sum + [...data].reduce((s, x, k) => s + ((x as number) - (a.tensors[name]!.data[k] as number)) ** 2, 0), 0)
    expect(distance(permuted(b, matchNetworks(a, b, random("match"))))).toBeLessThan(0.9 * distance(b))
  })
})

describe("matchActivations", () => {
  it("finds the order of a shuffled network by what units do", async () => {
    const a = randomNetwork([12, 16, 16, 4], "a")
    const { net, orders } = shuffledNetwork(a, "shuffle")
    const { orders: found, similarities } = matchActivations(await inputGrams(device, [a, net], randomExamples(200, 12, 4, "data")))
    expect(similarities.flat().filter((s) => s > 0.99).length).toBeGreaterThan(25)
    // Units that never wake up are all alike.
    found.forEach((order, l) => order.forEach((j, i) => similarities[l]![i]! > 0.99 && expect(j).toBe(orders[l]!.indexOf(i))))
  })
})

describe("joined networks", () => {
  const [a, b] = [randomNetwork([6, 8, 8, 3], "a"), randomNetwork([6, 8, 8, 3], "b")]
  const data = randomExamples(40, 6, 3, "data")
  const mean = answers(a, data).map((row, n) => row.map((x, k) => (x + answers(b, data)[n]![k]!) / 2))

  it("of a network and its shuffled self, matched, is that network", async () => {
    const { net } = shuffledNetwork(a, "shuffle")
    const order = matchNetworks(a, net, random("match"))
    near(answers(joined(a, net, order.map(pairs)), data), answers(a, data), 5)
  })
  it("PLeaS with every unit apart is twice as wide and answers with the mean of both", async () => {
    const matched = matchActivations(await inputGrams(device, [a, b], data))
    const whole = joined(a, b, partialGroups(matched, 1))
    expect(whole.meta.widths).toEqual([6, 16, 16, 3])
    near(answers(whole, data), mean, 5)
    expect(joined(a, b, partialGroups(matched, 0.5)).meta.widths).toEqual([6, 12, 12, 3])
  })
  it("PLeaS fits each map to what both networks answer inside", async () => {
    const small = ["a", "b"].map((seed) => randomNetwork([6, 8, 3], seed)) as [Network, Network]
    const grams = await inputGrams(device, small, data)
    const matched = matchActivations(grams)
    const groups = partialGroups(matched, 0)
    const hidden = small.map((of) => answers({ meta: { widths: [6, 8] }, tensors: of.tensors }, data).map((row) => row.map((x) => Math.max(0, x))))
    const logits = small.map((of) => answers(of, data))
    /** Squared distance of what the last map makes of the mean of paired units from the mean of both answers. */
    const off = ({ tensors }: Network) => [...data.tensors["label"]!.data].reduce((sum: number, _, n) => {
      const z = groups[0]!.map((pair) => pair.reduce((s, i) => s + hidden[i < 8 ? 0 : 1]![n]![i % 8]! / 2, 0))
      return sum + [0, 1, 2].reduce((s, k) => {
        const y = z.reduce((t, x, i) => t + x * (tensors["layers/1/weight"]!.data[i * 3 + k] as number), tensors["layers/1/bias"]!.data[k] as number)
        return s + (y - (logits[0]![n]![k]! + logits[1]![n]![k]!) / 2) ** 2
      }, 0)
    }, 0)
    const fitted = fittedJoin(small[0], small[1], groups, grams, 1e-9)
    expect(off(fitted)).toBeLessThan(0.8 * off(joined(small[0], small[1], groups)))
    // A minimum: any step away from it costs.
    const moved = (k: number, by: number): Network => ({ ...fitted, tensors: { ...fitted.tensors, "layers/1/weight": { ...fitted.tensors["layers/1/weight"]!, data: Float32Array.from(fitted.tensors["layers/1/weight"]!.data as Float32Array, (x, i) => (i === k ? x + by : x)) } } })
    for (const k of [0, 7, 20]) for (const by of [0.02, -0.02]) expect(off(moved(k, by))).toBeGreaterThan(off(fitted))
  })
  it("PLeaS with every unit apart fits both networks side by side", async () => {
    const grams = await inputGrams(device, [a, b], data)
    near(answers(fittedJoin(a, b, partialGroups(matchActivations(grams), 1), grams, 1e-9), data), mean, 2)
  })
  it("PLeaS gives the published vector: Z = (1, 2), targets Z and 3 Z: w = 2", async () => {
    const [one, three] = [networkOf({ weight: [[1]] }), networkOf({ weight: [[3]] })]
    const points = examplesOf([[100], [200]], [0, 0], 1)
    const merged = fittedJoin(one, three, [], await inputGrams(device, [one, three], points), 1e-9)
    expect(merged.tensors["layers/0/weight"]!.data[0]).toBeCloseTo(2, 4)
  })
})

describe("zipGroups (ZipIt)", () => {
  it("zips units that do the same, across networks and within one", async () => {
    const a = networkOf({ weight: [[1, 0.5, -1], [0.3, -1, 1]] }, { weight: [[1], [2], [-1]] })
    const data = randomExamples(50, 2, 1, "data")
    const grams = await inputGrams(device, [a, a], data)
    const groups = zipGroups(correlations(grams[1]!), 6, { keep: 3, alpha: 0.3, beta: 0.125 })
    expect(groups.map((group) => [...group].sort((x, y) => x - y))).toEqual([[0, 3], [1, 4], [2, 5]])
    near(answers(joined(a, a, [groups]), data), answers(a, data), 5)
    const like = Float64Array.of(1, 0.99, 0, 0, 0.99, 1, 0, 0, 0, 0, 1, 0.2, 0, 0, 0.2, 1)
    expect(zipGroups(like, 4, { keep: 2, alpha: 0.3, beta: 1 })).toEqual([[0, 1], [2, 3]])
    expect(zipGroups(like, 4, { keep: 3, alpha: 0.3, beta: 0 })).not.toContainEqual([0, 1])
  })
  it("merges within a network no more than its own share, whatever the other has left", () => {
    const n = 8
    const like = new Float64Array(n * n)
    const alike: readonly (readonly [number, number, number])[] = [[0, 1, 0.99], [2, 3, 0.98], [2, 4, 0.5], [3, 5, 0.4], [6, 7, 0.3]]
    for (const [i, j, by] of alike) like[i * n + j] = like[j * n + i] = by
    // Four merges, two for each network; of those one may be within it, or two.
    expect(zipGroups(like, n, { keep: 4, alpha: 0.3, beta: 0.5 })).toEqual([[0, 1], [2, 4], [3, 5], [6, 7]])
    expect(zipGroups(like, n, { keep: 4, alpha: 0.3, beta: 1 })).toEqual([[0, 1, 4], [2, 3], [5], [6, 7]])
  })
  it("counts a merged unit as less alike, by alpha", () => {
    // 0 and 2 merge; then (0 2) with 3 would be 0.8 without alpha, and 1 with 3 is 0.5.
    const like = Float64Array.of(1, 0, 0.9, 0.8, 0, 1, 0, 0.5, 0.9, 0, 1, 0.8, 0.8, 0.5, 0.8, 1)
    expect(zipGroups(like, 4, { keep: 2, alpha: 0.3, beta: 0 })).toEqual([[0, 2], [1, 3]])
    expect(zipGroups(like, 4, { keep: 2, alpha: 1, beta: 0 })).toEqual([[0, 2, 3], [1]])
  })
})

describe("repaired (REPAIR)", () => {
  it("gives each hidden unit the moments between those of its networks", async () => {
    const [a, b] = [randomNetwork([10, 12, 12, 4], "a"), randomNetwork([10, 12, 12, 4], "b")]
    const data = randomExamples(300, 10, 4, "data")
    const merged = joined(a, b, [12, 12].map((width) => pairs(Array.from({ length: width }, (_, i) => i))))
    const mended = await repaired(device, merged, [a, b], [await inputGrams(device, [a], data), await inputGrams(device, [b], data)], 0.5, data)
    const momentsOf = async (of: Network) => (await inputGrams(device, [of], data)).slice(0, 2).map((gram, l) => outputMoments(of, l, gram))
    const [ma, mb, now, before] = [await momentsOf(a), await momentsOf(b), await momentsOf(mended), await momentsOf(merged)]
    for (const l of [0, 1]) {
      const wanted = [...ma[l]!.deviation].map((s, j) => (s + mb[l]!.deviation[j]!) / 2)
      expect([...now[l]!.deviation]).toEqual(close(wanted, 3))
      expect([...now[l]!.mean]).toEqual(close([...ma[l]!.mean].map((m, j) => (m + mb[l]!.mean[j]!) / 2), 3))
      // Averaging had taken of the spread.
      const total = (xs: Iterable<number>) => [...xs].reduce((x, y) => x + y)
      expect(total(before[l]!.deviation)).toBeLessThan(0.9 * total(wanted))
    }
  })
})
