/**
 * Variance-corrected averaging (arXiv 2404.04616, "Vanishing variance problem in fully decentralized neural-network systems"):
 * the average of models that were begun apart has a fraction of their variance; each tensor of it is stretched about its mean,
 * `W' = (W - mean) sqrt((v* + eps) / (v + eps)) + mean`, v its own variance, v* that of the models it is to follow.
 *
 * The authors' eps of 1e-4 is as large as variances of weights are and corrects too little; ours is 1e-12 of v*.
 */
import { choice, element, real, type Element } from "#src"
import { gram, lengths, pairsUpTo } from "../method/dots.ts"
import { after, andThen, known, sumsOf, type Measuring } from "../method/measuring.ts"
import { defineMethod, type Place } from "../method/method.ts"
import { divisorOf } from "./weights.ts"

/** Of a model's tensor; null where it has no variance. */
type Own = { readonly mean: number; readonly variance: number; /** With each of few models. */ readonly covariances?: readonly number[] } | null

const arePaired = (models: number): boolean => models <= pairsUpTo

/** Running statistics of normalisations are no weights: averaged, not stretched. */
const isStatistic = (name: string): boolean => /running_(mean|var)|num_batches_tracked/.test(name)

const sizeOfTensor = ({ shape }: Place): number => shape.reduce((a, b) => a * b, 1)

const statistics = (tensor: Place, n: number, pairs: boolean): Measuring<readonly Own[]> => {
  const count = sizeOfTensor(tensor)
  if (count < 2 || isStatistic(tensor.name)) return known(Array.from({ length: n }, () => null))
  return andThen(
    sumsOf((of) => Array.from({ length: n }, (_, i) => of.value(i)), (sums) => known(Array.from({ length: n }, (_, i) => (sums[i] ?? 0) / count))),
    (means) =>
      pairs
        ? after(gram(n, means), (products) => means.map((mean, i): Own => ({ mean, variance: products[i]![i]! / (count - 1), covariances: products[i]!.map((x) => x / (count - 1)) })))
        : after(lengths(n, means), (found) => means.map((mean, i): Own => ({ mean, variance: found[i]! ** 2 / (count - 1) }))),
  )
}

/** How the average is stretched about its mean. */
interface Stretch {
  readonly stretch: number
  readonly offset: number
}

const stretchOf = ({ follow, compat }: { readonly follow: string; readonly compat: string }, own: readonly NonNullable<Own>[], shares: readonly number[], mean: number, variance: number): Stretch => {
  const average = (of: typeof own): number => of.reduce((sum, one) => sum + one.variance, 0) / of.length
  const first = own[0]!.variance
  const others = own.length === 1 ? first : average(own.slice(1))
  const wanted = follow === "self" ? first : follow === "others" ? average(own) : shares[0]! * first + (1 - shares[0]!) * others
  const eps = compat === "authors" ? 1e-4 : 1e-12 * wanted
  const stretch = wanted + eps === 0 ? 1 : Math.sqrt((wanted + eps) / (variance + eps))
  return { stretch, offset: (1 - stretch) * mean }
}

const weightsOf = ({ models }: { readonly models: readonly { readonly params: { readonly weight: number } }[] }): readonly number[] => models.map(({ params }) => params.weight)

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
  passes: (_, models) => (arePaired(models) ? 3 : 4),
  looks: { measuring: { params: [], each: [] }, finishing: ["follow", "compat"] },
  apart: { when: (_, models) => !arePaired(models), measure: ({ tensor, models }) => statistics(tensor, models.length, false) },
  measure: ({ tensor, models }) => statistics(tensor, models.length, arePaired(models.length)),
  judge: (site, measured, sums): Measuring<Stretch | undefined> => {
    const own = measured.filter((of) => of !== null)
    if (own.length === 0) return known(undefined)
    const weights = weightsOf(site)
    const divisor = divisorOf(weights, true)
    const shares = weights.map((weight) => weight / divisor)
    const mean = shares.reduce((sum, s, i) => sum + s * own[i]!.mean, 0)
    const variance = shares.reduce((sum, s, i) => sum + s * shares.reduce((row, r, j) => row + r * (own[i]!.covariances?.[j] ?? 0), 0), 0)
    if (arePaired(own.length) || weights.every((weight) => weight === 0)) return known(stretchOf(site.params, own, shares, mean, variance))
    return sumsOf(
      (of) => {
        const off = element.sub(element.div(sums(of)[0] as Element, element.number(divisor)), element.number(mean))
        return [element.mul(off, off)]
      },
      ([squares = 0]) => known(stretchOf(site.params, own, shares, mean, squares / (sizeOfTensor(site.tensor) - 1))),
    )
  },
  how: {
    form: "linear",
    combination: (site, _, judged) => {
      const weights = weightsOf(site)
      return { base: 0, models: weights, scale: judged?.stretch ?? 1, divisor: divisorOf(weights, true), offset: judged?.offset ?? 0 }
    },
  },
})
