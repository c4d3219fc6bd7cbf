/**
 * Variance-corrected averaging (arXiv 2404.04616, "Vanishing variance problem in fully decentralized neural-network systems"):
 * the average of models that were begun apart has a fraction of their variance; each tensor of it is stretched about its mean,
 * `W' = (W - mean) sqrt((v* + eps) / (v + eps)) + mean`, v its own variance, v* that of the models it is to follow.
 *
 * The authors' eps of 1e-4 is as large as variances of weights are and corrects too little; ours is 1e-12 of v*.
 */
import { choice, real } from "#src"
import { gram } from "../method/dots.ts"
import { after, andThen, known, sumsOf, type Measuring } from "../method/measuring.ts"
import { defineMethod } from "../method/method.ts"
import { divisorOf } from "./weights.ts"

const statistics = (count: number, n: number): Measuring<{ readonly means: readonly number[]; readonly covariance: readonly (readonly number[])[] }> =>
  andThen(
    sumsOf((of) => Array.from({ length: n }, (_, i) => of.value(i)), (sums) => known(sums.map((s) => s / count))),
    (means) => after(gram(n, means), (products) => ({ means, covariance: products.map((row) => row.map((x) => x / (count - 1))) })),
  )

/** Running statistics of normalisations are no weights: averaged, not stretched. */
const isStatistic = (name: string): boolean => /running_(mean|var)|num_batches_tracked/.test(name)

export const varianceCorrected = defineMethod({
  name: "variance_corrected",
  title: "Average with the variance of its models",
  reference: "https://arxiv.org/abs/2404.04616",
  params: {
    follow: choice(["others", "conservative", "self"], { default: "others", doc: "Whose variance: the mean of all, that of the first mixed with the mean of the others by its weight, or that of the first" }),
    compat: choice(["none", "authors"], { default: "none", doc: "authors: eps is 1e-4, whatever the variance" }),
  },
  each: { weight: real({ min: 0, max: 100, default: 1, doc: "Coefficient of the model" }) },
  base: "none",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: false,
  passes: () => 3,
  measure: ({ tensor, models }) => {
    const count = tensor.shape.reduce((a, b) => a * b, 1)
    return count < 2 || isStatistic(tensor.name) ? known(undefined) : statistics(count, models.length)
  },
  how: {
    form: "linear",
    combination: ({ models, params }, measured) => {
      const weights = models.map((model) => model.params.weight)
      const shares = weights.map((weight) => weight / divisorOf(weights, true))
      if (measured === undefined) return { base: 0, models: shares, divisor: 1 }
      const { means, covariance } = measured
      const mean = shares.reduce((sum, s, i) => sum + s * means[i]!, 0)
      const variance = shares.reduce((sum, s, i) => sum + s * shares.reduce((row, r, j) => row + r * covariance[i]![j]!, 0), 0)
      const own = covariance[0]![0]!
      const others = models.length === 1 ? own : covariance.slice(1).reduce((sum, row, i) => sum + row[i + 1]!, 0) / (models.length - 1)
      const all = covariance.reduce((sum, row, i) => sum + row[i]!, 0) / models.length
      const wanted = params.follow === "self" ? own : params.follow === "others" ? all : shares[0]! * own + (1 - shares[0]!) * others
      const eps = params.compat === "authors" ? 1e-4 : 1e-12 * wanted
      const stretch = wanted + eps === 0 ? 1 : Math.sqrt((wanted + eps) / (variance + eps))
      return { base: 0, models: shares.map((s) => s * stretch), divisor: 1, offset: (1 - stretch) * mean }
    },
  },
})
