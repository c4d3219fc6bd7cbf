/** Merges that keep the lengths of tensors: means of their directions, and the model stock's step towards the base. */
import { choice, element, flag, integer, real, type Element } from "#src"
import { deltaOf, gram, gramOf, lengths, pairsUpTo, type Gram } from "../method/dots.ts"
import { known, sumsOf, type Measuring } from "../method/measuring.ts"
import { rowByRow } from "../method/blocks.ts"
import { defineMethod } from "../method/method.ts"
import { karcherMean, meanDirection } from "./sphere.ts"
import { added, sum } from "./weights.ts"

const weight = real({ min: 0, max: 100, default: 1, doc: "Coefficient of the model" })

/**
 * SLERP of more than two: the weighted mean of directions on the sphere, times the weighted mean length; of two models exactly
 * SLERP's direction. `compat: mergekit` is what mergekit's `multislerp` gives: its step along the tangent vanishes identically, so the
 * straight mean of directions is left. With a base, of the differences from it.
 */
export const multislerp = defineMethod({
  name: "multislerp",
  title: "SLERP of several models",
  reference: "https://goddard.blog/posts/multislerp-wow-what-a-cool-idea",
  params: {
    normalize_weights: flag({ default: true, doc: "Divide weights by their sum" }),
    compat: choice(["none", "mergekit"], { default: "none", doc: "mergekit: the straight mean of directions" }),
  },
  each: { weight },
  base: "optional",
  models: { least: 2, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: () => 2,
  looks: { measuring: { params: [], each: [] } },
  measure: ({ models }) => gram(models.length),
  how: {
    form: "linear",
    combination: ({ models, params, based }, measured) => {
      const weights = models.map((model) => model.params.weight)
      const mean = params.compat === "mergekit" ? meanDirection(measured, weights) : karcherMean(measured, weights, 100, 1e-12).coefficients
      const scale = params.normalize_weights ? 1 : sum(weights)
      const coefficients = mean.map((c) => c * scale)
      return { base: based ? 1 - sum(coefficients) : 0, models: coefficients, divisor: 1 }
    },
  },
})

/** The Karcher mean of directions, all models alike, times the mean length (as mergekit has it). */
export const karcher = defineMethod({
  name: "karcher",
  title: "Karcher mean",
  reference: "https://doi.org/10.1002/cpa.3160300502",
  params: {
    max_iter: integer({ min: 1, max: 10_000, default: 10, doc: "Most steps along the mean tangent" }),
    tol: real({ min: 0, max: 1, default: 1e-5, doc: "Length of the mean tangent at which it is found, radians" }),
  },
  each: {},
  base: "none",
  models: { least: 2, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: () => 2,
  looks: { measuring: { params: [], each: [] } },
  measure: ({ models }) => gram(models.length),
  how: {
    form: "linear",
    combination: ({ models, params }, measured) => ({ base: 0, models: karcherMean(measured, models.map(() => 1), params.max_iter, params.tol).coefficients, divisor: 1 }),
  },
})

/**
 * Model stock (Jang et al., arXiv 2403.19522): `t mean(W_i) + (1 - t) W_0`, `t = N c / (1 + (N - 1) c)`, c the mean cosine of pairs of
 * differences d_i from the base. Where c is negative the paper's geometry has no answer: t is kept at 0 or more. Differences of any size have
 * their true cosines; `compat: mergekit` never divides by less than 1e-6 and lets t be anything.
 *
 * Of many models c is found without pairs, from the sum of the directions u_i = d_i / |d_i|: `c = (|sum u_i|^2 - N) / (N (N - 1))`.
 */
const stockCompat = choice(["none", "mergekit"], { default: "none", doc: "mergekit: products of norms below 1e-6 count as 1e-6" })

const stockShare = (n: number, c: number, compat: string): number => {
  const share = (n * c) / (1 + (n - 1) * c)
  return compat === "mergekit" ? share : c <= 0 ? 0 : share
}

const pairsShare = (measured: Gram, compat: string): number => {
  const n = measured.length
  const floor = compat === "mergekit" ? 1e-6 : Number.MIN_VALUE
  let cosines = 0
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) cosines += measured[i]![j]! / Math.max(Math.sqrt(measured[i]![i]!) * Math.sqrt(measured[j]![j]!), floor)
  return stockShare(n, cosines / ((n * (n - 1)) / 2), compat)
}

const stockParts = {
  reference: "https://arxiv.org/abs/2403.19522",
  params: { compat: stockCompat },
  each: {},
  base: "required",
  models: { least: 2, most: Infinity },
  symmetric: true,
} as const

/** mergekit's floor is one of pairs. */
const hasNoPairs = ({ compat }: { readonly compat: string }, models: number): boolean => models > pairsUpTo && compat === "none"

const isGram = (measured: Gram | readonly number[]): measured is Gram => Array.isArray(measured[0])

export const modelStock = defineMethod({
  ...stockParts,
  name: "model_stock",
  title: "Model stock",
  sees: "element",
  passes: (params, models) => (hasNoPairs(params, models) ? 3 : 2),
  apart: { when: hasNoPairs, measure: ({ models }): Measuring<readonly number[]> => lengths(models.length) },
  measure: ({ models, params }): Measuring<Gram | readonly number[]> => (hasNoPairs(params, models.length) ? lengths(models.length) : gram(models.length)),
  judge: ({ params: { compat } }, measured, sums) => {
    if (isGram(measured)) return known(pairsShare(measured, compat))
    const [n, directions] = [measured.length, measured.filter((length) => length > 0).length]
    return sumsOf(
      (of) => [sums(of)[1] as Element].map((sum) => element.mul(sum, sum)),
      ([square = 0]) => known(stockShare(n, (square - directions) / (n * (n - 1)), compat)),
    )
  },
  how: {
    form: "sums",
    sums: 2,
    term: (_, measured, of, i) => [of.value(i), ...(isGram(measured) ? [] : [measured[i] === 0 ? element.number(0) : element.div(deltaOf(of, i), element.number(measured[i]!))])],
    finish: ({ models }, _, of, [sum], share) => {
      const towards = element.mul(element.number(share / models.length), sum as Element)
      if (share === 0) return of.base as Element
      return share === 1 ? towards : element.add(element.mul(element.number(1 - share), of.base as Element), towards)
    },
  },
})

/** Model stock with a share for each row of a tensor (`filter_wise` in mergekit). */
export const modelStockRows = defineMethod({
  ...stockParts,
  name: "model_stock_rows",
  title: "Model stock, row by row",
  sees: "row",
  passes: () => 1,
  how: {
    form: "joint",
    merged: ({ models, params, tensor }, _, of) => {
      const [base, count] = [of.base as Element, element.number(models.length)]
      const share = of.made(models.map((_, i) => deltaOf(of, i)), rowByRow(tensor.shape, (deltas, out) => out.fill(pairsShare(gramOf(deltas), params.compat))))
      const all = added(models.map((_, i) => of.value(i)))
      return element.add(element.div(element.mul(share, all), count), element.mul(element.sub(element.number(1), share), base))
    },
  },
})
