/**
 * Merges of sparse task vectors: each `d_i = W_i - W_0` loses a part of its elements (`sparsify.ts`), and what is left is added up,
 * `W_0 + lambda sum_i w_i d_i`, or first agrees on a sign for each element (TIES, Yadav et al., arXiv 2306.01708):
 * the sign of the sum wins, and only those that have it count.
 *
 * | method | what stays of a task vector | source |
 * |---|---|---|
 * | `ties` | the `density * n` largest | arXiv 2306.01708 |
 * | `dare_linear`, `dare_ties` | each element with chance `density` | arXiv 2311.03099 |
 * | `breadcrumbs`, `breadcrumbs_ties` | the largest without the `gamma * n` outliers | arXiv 2312.06795 |
 * | `della_linear`, `della` | by chance, better for the large ones of a row | arXiv 2406.11617 |
 */
import { choice, element, flag, real, type Element, type Param, type Params } from "#src"
import type { Measuring } from "../method/measuring.ts"
import type { Leaves, Method, Site, Span } from "../method/method.ts"
import { cuts, outlierRanks, outlierRanksMergekit, rescales, sparseDelta, topRanks, topRanksOriginal, type Cut, type Ranks, type Rescale, type Sparse, type Way } from "./sparsify.ts"
import { divisorOf } from "./weights.ts"

interface Family<W extends Way = Way, E extends boolean = boolean> {
  readonly name: string
  readonly title: string
  readonly reference: string
  readonly way: W
  readonly elect: E
  readonly defaults: { readonly lambda: number; readonly normalize: boolean; readonly density: number }
}

/** Values of the params below; those that a method lacks are absent. */
interface Values {
  readonly lambda: number
  readonly normalize: boolean
  readonly scope?: Span
  readonly rescale?: Rescale
  readonly signs?: "weighted" | "plain"
  readonly compat?: string
}
type Each = Sparse & { readonly weight: number }

/** Params by what stays of a task vector, and by whether signs are elected. */
type ParamsByWay = {
  readonly magnitude: { readonly scope: Param<Span>; readonly compat: Param<"none" | "original"> }
  readonly outliers: { readonly scope: Param<Span>; readonly compat: Param<"none" | "mergekit"> }
  readonly random: { readonly rescale: Param<Rescale> }
  readonly ranked: { readonly rescale: Param<Rescale> }
}
type EachByWay = {
  readonly magnitude: object
  readonly outliers: { readonly gamma: Param<number> }
  readonly random: object
  readonly ranked: { readonly epsilon: Param<number> }
}
/** Tells the compiler that these are params, before it knows which. */
type As<P> = { readonly [K in keyof P]: P[K] extends Param ? P[K] : never }
type ParamsOf<W extends Way, E extends boolean> = { readonly lambda: Param<number>; readonly normalize: Param<boolean> } & ParamsByWay[W] & (E extends true ? { readonly signs: Param<"weighted" | "plain"> } : object)
type EachOf<W extends Way> = { readonly weight: Param<number>; readonly density: Param<number> } & EachByWay[W]

const scopeOf = (authors: string): Param<Span> => choice(["tensor", "model"], { default: "tensor", doc: `Over what the largest are counted; the authors count over ${authors}` })

const paramsOf = ({ way, elect, defaults }: Family): Params => ({
  lambda: real({ min: -10, max: 10, default: defaults.lambda, doc: "Scale of the merged task vector" }),
  normalize: flag({ default: defaults.normalize, doc: "Divide by the sum of weights, of those that agree where there are signs" }),
  ...(way === "magnitude" ? { scope: scopeOf("the whole model"), compat: choice(["none", "original"], { default: "none", doc: "original: one element more, as the authors' code has it. Signs that cancel exactly count as positive in both; the authors give them the sign most elements of the model have" }) } : {}),
  ...(way === "outliers" ? { scope: scopeOf("a layer in the paper, and over each row in their code"), compat: choice(["none", "mergekit"], { default: "none", doc: "mergekit: nothing is kept where gamma * n or density * n is less than 1" }) } : {}),
  ...(way === "random" || way === "ranked" ? { rescale: choice(rescales, { default: "chance", doc: "How what stays is enlarged: by 1/chance as the paper says, by its share of the L1 norm as mergekit does, or not" }) } : {}),
  ...(elect ? { signs: choice(["weighted", "plain"], { default: "weighted", doc: "Whether weights count in the election of signs" }) } : {}),
})

const eachOf = ({ way, defaults }: Family): Params => ({
  weight: real({ min: -100, max: 100, default: 1, doc: "Coefficient of the task vector" }),
  density: real({ min: 0, max: 1, default: defaults.density, doc: "Share of its elements that stays" }),
  ...(way === "outliers" ? { gamma: real({ min: 0, max: 1, default: 0.006, doc: "Share of the largest that goes, as far as density leaves some" }) } : {}),
  ...(way === "ranked" ? { epsilon: real({ min: 0, max: 1, default: 0.07, doc: "From the smallest to the largest of a row the chance goes from density - epsilon to density + epsilon, as far as that is within 0 and 1" }) } : {}),
})

const ranksOf = (way: Way, compat: string | undefined): Ranks => {
  if (way === "outliers") return compat === "mergekit" ? outlierRanksMergekit : outlierRanks
  return compat === "original" ? topRanksOriginal : topRanks
}

const taskVectors = <const W extends Way, const E extends boolean>(family: Family<W, E>): Method<As<ParamsOf<W, E>>, As<EachOf<W>>, readonly Cut[]> => {
  const { way, elect } = family
  const valuesOf = (site: { readonly params: unknown }): Values => site.params as Values
  const rescaleOf = (values: Values): Rescale => values.rescale ?? "none"
  const measure = (site: Site<unknown, unknown>): Measuring<readonly Cut[]> => cuts(way, ranksOf(way, valuesOf(site).compat), rescaleOf(valuesOf(site)), site as Site<unknown, Sparse>)
  const sparse = (site: Site<unknown, unknown>, of: Leaves, i: number, measured: readonly Cut[]): Element =>
    sparseDelta(way, site as Site<unknown, Sparse>, of, i, measured[i] as Cut, rescaleOf(valuesOf(site)))
  const weightOf = (entry: { readonly params: unknown } | undefined): number => (entry?.params as Each).weight
  return Object.freeze({
    name: family.name,
    title: family.title,
    reference: family.reference,
    params: paramsOf(family),
    each: eachOf(family),
    base: "required",
    models: { least: 1, most: Infinity },
    sees: way === "ranked" ? "row" : "element",
    symmetric: true,
    seeded: way === "random" || way === "ranked",
    passes: (params) => 1 + (way === "magnitude" || way === "outliers" ? 2 : 0) + (rescaleOf(params as unknown as Values) === "l1" ? 1 : 0),
    looks: {
      measuring: {
        params: ["scope", "compat", "rescale"].filter((name) => name in paramsOf(family)),
        each: ["density", "gamma", "epsilon"].filter((name) => name in eachOf(family)),
      },
      finishing: ["lambda", "normalize"],
    },
    apart: { when: () => true, measure },
    span: (params) => (params as unknown as Values).scope ?? "tensor",
    measure,
    how: {
      form: "sums",
      ...(elect
        ? {
            sums: 5,
            term: (site, measured, of, i) => signedTerm(sparse(site, of, i, measured), weightOf(site.models[i]), valuesOf(site).signs === "plain"),
            finish: (site, _, of, sums) => agreed(valuesOf(site), of, sums as Signed),
          }
        : {
            sums: 1,
            term: (site, measured, of, i) => [element.mul(element.number(weightOf(site.models[i])), sparse(site, of, i, measured))],
            finish: (site, _, of, [sum]) => summed(valuesOf(site), of, sum as Element, site.models.map(weightOf)),
          }),
    },
  } satisfies Method<Params, Params, readonly Cut[]>) as Method as Method<As<ParamsOf<W, E>>, As<EachOf<W>>, readonly Cut[]>
}

const zero = element.number(0)

/** Sums of positive and of negative elements, of the weights of both, and of what votes on the sign where that is another number. */
type Signed = readonly [positive: Element, negative: Element, positiveWeight: Element, negativeWeight: Element, votes: Element]

const signedTerm = (delta: Element, by: number, plain: boolean): Signed => {
  const weight = element.number(by)
  const value = element.mul(weight, delta)
  const vote = plain ? delta : value
  const [up, down] = [element.gt(vote, zero), element.lt(vote, zero)]
  return [element.where(up, value, zero), element.where(down, value, zero), element.where(up, weight, zero), element.where(down, weight, zero), vote]
}

/** `W_0 + lambda * (sum of those with the elected sign) / (sum of their weights)`; a sum of exactly 0 counts as positive. */
const agreed = ({ lambda, normalize }: Values, of: Leaves, [positive, negative, positiveWeight, negativeWeight, votes]: Signed): Element => {
  const up = element.ge(votes, zero)
  const sum = element.mul(element.number(lambda), element.where(up, positive, negative))
  const weight = element.where(up, positiveWeight, negativeWeight)
  return element.add(of.base as Element, normalize ? element.div(sum, element.where(element.ne(weight, zero), weight, element.number(1))) : sum)
}

const summed = ({ lambda, normalize }: Values, of: Leaves, sum: Element, weights: readonly number[]): Element =>
  element.add(of.base as Element, element.div(element.mul(element.number(lambda), sum), element.number(divisorOf(weights, normalize))))

const dare = "https://arxiv.org/abs/2311.03099"
// Defaults are where the authors' search begins (rezazzr/breadcrumbs, find_best_hyperparam.py).
const breadcrumbsPaper = "https://arxiv.org/abs/2312.06795"
// Defaults are those of the authors' example (declare-lab/della, README), whose window is twice our epsilon.
const dellaPaper = "https://arxiv.org/abs/2406.11617"

export const ties = taskVectors({ name: "ties", title: "TIES", reference: "https://arxiv.org/abs/2306.01708", way: "magnitude", elect: true, defaults: { lambda: 1, normalize: true, density: 0.2 } })
export const dareLinear = taskVectors({ name: "dare_linear", title: "DARE", reference: dare, way: "random", elect: false, defaults: { lambda: 1, normalize: false, density: 0.5 } })
export const dareTies = taskVectors({ name: "dare_ties", title: "DARE with TIES' signs", reference: dare, way: "random", elect: true, defaults: { lambda: 1, normalize: false, density: 0.5 } })
export const breadcrumbs = taskVectors({ name: "breadcrumbs", title: "Model breadcrumbs", reference: breadcrumbsPaper, way: "outliers", elect: false, defaults: { lambda: 0.2, normalize: false, density: 0.15 } })
export const breadcrumbsTies = taskVectors({ name: "breadcrumbs_ties", title: "Model breadcrumbs with TIES' signs", reference: breadcrumbsPaper, way: "outliers", elect: true, defaults: { lambda: 0.2, normalize: false, density: 0.15 } })
export const dellaLinear = taskVectors({ name: "della_linear", title: "DELLA without signs", reference: dellaPaper, way: "ranked", elect: false, defaults: { lambda: 1, normalize: false, density: 0.7 } })
export const della = taskVectors({ name: "della", title: "DELLA", reference: dellaPaper, way: "ranked", elect: true, defaults: { lambda: 1, normalize: true, density: 0.7 } })
