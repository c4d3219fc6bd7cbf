/**
 * What is kept of a task vector `d = W_i - W_0` before task vectors are merged, in four ways: the largest, the largest without
 * outliers, a random part, a random part in which large elements have better chances.
 */
import { element, must, type Element } from "#src"
import { rowByRow } from "../method/blocks.ts"
import { deltaOf } from "../method/dots.ts"
import { after, andThen, known, sumsOf, type Measuring } from "../method/measuring.ts"
import type { Leaves, Site } from "../method/method.ts"
import { largest } from "../method/quantile.ts"

export type Way = "magnitude" | "outliers" | "random" | "ranked"

/** Params of each model, as far as its way needs them. */
export interface Sparse {
  /** Share that stays. */
  readonly density: number
  /** Share of the largest that goes. */
  readonly gamma?: number
  /** How far chances go from `density`, both ways. */
  readonly epsilon?: number
}

/** How what stays is enlarged: not; by one over its chance to stay; so that the sum of sizes is what it was (mergekit). */
export const rescales = ["none", "chance", "l1"] as const
export type Rescale = (typeof rescales)[number]

/** Sizes from `low` to `high` stay, times `scale`. */
export interface Cut {
  readonly low: number
  readonly high: number
  readonly scale: number
}

const everything: Cut = { low: 0, high: Infinity, scale: 1 }

/** Which ranks of size stay of `count` elements, 1 for the largest, both ends included. */
export type Ranks = (count: number, params: Sparse) => readonly [high: number, low: number]

/** `density * count` elements, at least one unless `density` is 0; of equal ones at the end, all. */
export const topRanks: Ranks = (count, { density }) => [1, density === 0 ? 0 : Math.max(1, Math.floor(density * count))]

/** As the authors' code has it: `kthvalue(count - int(density * count))` and everything from there, which is one more. */
export const topRanksOriginal: Ranks = (count, { density }) => [1, Math.floor(density * count) + 1]

/** Without the `gamma * count` largest, then `density * count` elements. */
export const outlierRanks: Ranks = (count, { density, gamma = 0 }) => {
  const kept = density === 0 ? 0 : Math.max(1, Math.floor(density * count))
  const dropped = Math.min(Math.floor(gamma * count), count - kept)
  return [dropped + 1, kept === 0 ? 0 : dropped + kept]
}

/** As mergekit has it: all at density 1; below it `int(density * count)`, which may be none, of a slice that ends at `-int(gamma * count)`, which is empty when that is 0. */
export const outlierRanksMergekit: Ranks = (count, params) =>
  params.density < 1 && [params.density, params.gamma ?? 0].some((share) => Math.floor(share * count) === 0) ? [1, 0] : outlierRanks(count, params)

/** What stays of the task vector of model `i`. */
export const sparseDelta = (way: Way, { tensor, models }: Site<unknown, Sparse>, of: Leaves, i: number, { low, high, scale }: Cut, rescale: Rescale): Element => {
  const { id, params } = must(models[i], "model")
  const [delta, zero] = [deltaOf(of, i), element.number(0)]
  if (way === "random" || way === "ranked") {
    const chance = way === "random" ? element.number(params.density) : of.made([delta], rowByRow(tensor.shape, ([row], out) => rankChances(row as Float64Array, params, out)))
    const bound = way === "random" ? element.number(params.density * 2 ** 32) : element.mul(chance, element.number(2 ** 32))
    const kept = rescale === "chance" ? element.div(delta, chance) : element.mul(element.number(scale), delta)
    return element.where(element.lt(of.word(`mask/${id}`), bound), kept, zero)
  }
  const size = sizeOfDelta(delta)
  const [small, large] = [element.lt(size, element.number(low)), element.gt(size, element.number(high))]
  if (low === 0 && high === Infinity) return delta
  return element.where(high === Infinity ? small : element.either(small, large), zero, delta)
}

/**
 * From `density - epsilon` for the smallest of a row to `density + epsilon` for the largest; a row of one has `density`. Chances are 0 to 1 and `density` in
 * the mean: nearer to either end epsilon is as much as fits, and at density 1 all stays.
 */
const rankChances = (delta: Float64Array, { density, epsilon = 0 }: Sparse, out: Float64Array): void => {
  if (delta.length === 1) return void out.fill(density)
  const reach = Math.min(epsilon, density, 1 - density)
  const order = Array.from(delta, (_, k) => k).sort((a, b) => Math.abs(delta[a]!) - Math.abs(delta[b]!) || a - b)
  order.forEach((k, rank) => (out[k] = density + reach * ((2 * rank) / (delta.length - 1) - 1)))
}

/** What each model keeps: two passes to find sizes, unless all is kept or chance decides; one more for an `l1` scale. */
export const cuts = (way: Way, ranks: Ranks, rescale: Rescale, site: Site<unknown, Sparse>): Measuring<readonly Cut[]> => {
  const models = site.models.map(({ params }) => params)
  const bySize = (way === "magnitude" || way === "outliers") && models.some(({ density, gamma = 0 }) => density < 1 || (way === "outliers" && gamma > 0))
  const found = bySize ? sizeCuts(ranks, models) : known<readonly Cut[]>(models.map(() => everything))
  return rescale === "l1" ? andThen(found, (kept) => l1Scales(way, kept, site)) : found
}

const sizeCuts = (ranks: Ranks, models: readonly Sparse[]): Measuring<readonly Cut[]> =>
  after(
    largest(models.length, (of) => models.map((_, i) => sizeOfDelta(deltaOf(of, i))), (i, count) => ranks(count, models[i] as Sparse)),
    (found) => found.map(([high = Infinity, low = 0]) => ({ low, high, scale: 1 })),
  )

const sizeOfDelta = (delta: Element): Element => element.near32(element.abs(delta))

const l1Scales = (way: Way, kept: readonly Cut[], site: Site<unknown, Sparse>): Measuring<readonly Cut[]> =>
  sumsOf(
    (of) => kept.flatMap((cut, i) => [deltaOf(of, i), sparseDelta(way, site, of, i, cut, "none")].map(element.abs)),
    (sums) => known(kept.map((cut, i) => ({ ...cut, scale: sums[2 * i + 1] === 0 ? 1 : sums[2 * i]! / sums[2 * i + 1]! }))),
  )
