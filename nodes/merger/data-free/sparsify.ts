/**
 * What is kept of a task vector `d = W_i - W_0` before task vectors are merged, in four ways: the largest, the largest without
 * outliers, a random part, a random part in which large elements have better chances.
 */
import { element, type Element } from "#src"
import type { AnyBlock } from "../method/blend.ts"
import { rowLength } from "../method/blocks.ts"
import { deltaOf, deltasOf, overRuns, sumOfSizes } from "../method/dots.ts"
import { keepMask } from "../method/keep.ts"
import { after, andThen, known, sumsOf, type Measuring } from "../method/measuring.ts"
import type { Block, Entry, Leaves, Numbers, Part } from "../method/method.ts"
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

/** As mergekit has it: a slice that ends at `-int(gamma * count)`, which is empty when that is 0. */
export const outlierRanksMergekit: Ranks = (count, params) => (Math.floor((params.gamma ?? 0) * count) === 0 ? [1, 0] : outlierRanks(count, params))

/** A block of a task vector, sparse, in f64. */
export const sparseDelta = (way: Way, block: Pick<Block<unknown, unknown>, "base" | "random" | "start" | "length" | "tensor">, part: Part<Sparse>, { low, high, scale }: Cut, rescale: Rescale): Float64Array => {
  const delta = new Float64Array(deltasOf(part.values, block.base))
  if (way === "magnitude" || way === "outliers") {
    for (let k = 0; k < delta.length; k++) {
      const size = Math.fround(Math.abs(delta[k]!))
      if (size < low || size > high) delta[k] = 0
    }
    return delta
  }
  const chance = way === "random" ? () => part.params.density : rankChance(delta, rowLength(block.tensor.shape), part.params)
  const mask = keepMask(block.random.fork(`mask/${part.id}`), block.start, block.length, chance)
  for (let k = 0; k < delta.length; k++) delta[k] = mask[k] === 0 ? 0 : rescale === "chance" ? delta[k]! / chance(k) : scale * delta[k]!
  return delta
}

/** From `density - epsilon` for the smallest of a row to `density + epsilon` for the largest; a row of one has `density`. */
const rankChance = (delta: Float64Array, row: number, { density, epsilon = 0 }: Sparse): ((k: number) => number) => {
  const chances = new Float64Array(delta.length).fill(density)
  for (let from = 0; row > 1 && from < delta.length; from += row) {
    const order = Array.from({ length: row }, (_, k) => from + k).sort((a, b) => Math.abs(delta[a]!) - Math.abs(delta[b]!) || a - b)
    order.forEach((k, rank) => (chances[k] = Math.min(1, Math.max(0, density + epsilon * ((2 * rank) / (row - 1) - 1)))))
  }
  return (k) => chances[k] as number
}

/** What each model keeps: two passes to find sizes, unless all is kept or chance decides; one more for an `l1` scale. */
export const cuts = (way: Way, ranks: Ranks, rescale: Rescale, entries: readonly Entry<Sparse>[]): Measuring<AnyBlock, readonly Cut[]> => {
  const models = entries.map(({ params }) => params)
  const bySize = (way === "magnitude" || way === "outliers") && models.some(({ density, gamma = 0 }) => density < 1 || (way === "outliers" && gamma > 0))
  const found = bySize ? sizeCuts(ranks, models) : known<AnyBlock, readonly Cut[]>(models.map(() => everything))
  return rescale === "l1" ? andThen(found, (kept) => l1Scales(way, kept, entries)) : found
}

const sizeCuts = (ranks: Ranks, models: readonly Sparse[]): Measuring<AnyBlock, readonly Cut[]> =>
  after(
    largest(
      models.length,
      ({ models: parts, base }) => parts.map(({ values }) => sizesOf(values, base)),
      (i, count) => ranks(count, models[i] as Sparse),
      (of) => models.map((_, i) => sizeOfDelta(deltaOf(of, i))),
    ),
    (found) => found.map(([high = Infinity, low = 0]) => ({ low, high, scale: 1 })),
  )

const sizeOfDelta = (delta: Element): Element => element.near32(element.abs(delta))

/** `sparseDelta` as a formula; undefined where chances follow from ranks, which no formula of one element knows. */
export const sparseFormula = (way: Way, of: Leaves, i: number, { id, params }: Entry<Sparse>, { low, high, scale }: Cut, rescale: Rescale): Element | undefined => {
  const [delta, zero] = [deltaOf(of, i), element.number(0)]
  if (way === "ranked") return undefined
  if (way === "random") {
    const chance = element.number(params.density)
    const kept = rescale === "chance" ? element.div(delta, chance) : element.mul(element.number(scale), delta)
    return element.where(element.lt(of.word(`mask/${id}`), element.number(params.density * 2 ** 32)), kept, zero)
  }
  const size = sizeOfDelta(delta)
  const [small, large] = [element.lt(size, element.number(low)), element.gt(size, element.number(high))]
  if (low === 0 && high === Infinity) return delta
  return element.where(high === Infinity ? small : element.either(small, large), zero, delta)
}

/** Loops, here and above: `from` with a function goes through an iterator, forty times slower. */
const sizesOf = (values: Numbers, base: Numbers | undefined): Float32Array => {
  const sizes = new Float32Array(values.length)
  if (base === undefined) for (let k = 0; k < sizes.length; k++) sizes[k] = Math.abs(values[k]!)
  else for (let k = 0; k < sizes.length; k++) sizes[k] = Math.abs(values[k]! - base[k]!)
  return sizes
}

const l1Scales = (way: Way, kept: readonly Cut[], models: readonly Entry<Sparse>[]): Measuring<AnyBlock, readonly Cut[]> =>
  sumsOf(
    2 * kept.length,
    (block) => {
      const vectors = kept.flatMap((cut, i) => {
        const part = block.models[i] as Part<Sparse>
        return [deltasOf(part.values, block.base), sparseDelta(way, block, part, cut, "none")]
      })
      return overRuns(block.length, new Float64Array(vectors.length), (from, to) => vectors.map((vector) => sumOfSizes(vector.subarray(from, to))))
    },
    (sums) => known(kept.map((cut, i) => ({ ...cut, scale: sums[2 * i + 1] === 0 ? 1 : sums[2 * i]! / sums[2 * i + 1]! }))),
    way === "ranked" ? undefined : (of) => kept.flatMap((cut, i) => [deltaOf(of, i), sparseFormula(way, of, i, models[i] as Entry<Sparse>, cut, "none") as Element].map(element.abs)),
  )
