/** Merges that look at which elements a model changed: RAM (several models), Arcee Fusion (one). */
import { choice, element, real, type Element, type Shape } from "#src"
import { rowByRow } from "../method/blocks.ts"
import { deltaOf } from "../method/dots.ts"
import { after, known, sumsOf, type Measuring } from "../method/measuring.ts"
import { defineMethod, type Leaves } from "../method/method.ts"
import { largest } from "../method/quantile.ts"
import { added } from "./weights.ts"

const epsilon = real({ min: 0, max: 1, default: 1e-5, doc: "Differences up to this are no change" })

const [zero, one] = [element.number(0), element.number(1)]

/** The difference from the base, and 1, of an element that model `i` changed; else 0 and 0. */
const changeOf = (of: Leaves, i: number, least: number): readonly [delta: Element, count: Element] => {
  const delta = deltaOf(of, i)
  const isChanged = element.gt(element.abs(delta), element.number(least))
  return [element.where(isChanged, delta, zero), element.where(isChanged, one, zero)]
}

/**
 * RAM (Yuan et al., arXiv 2601.13572, "Behavior knowledge merge in reinforced agentic models"): what one model changed is added whole,
 * what several changed is averaged.
 */
export const ram = defineMethod({
  name: "ram",
  title: "RAM",
  reference: "https://arxiv.org/abs/2601.13572",
  params: { epsilon },
  each: {},
  base: "required",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: () => 1,
  how: {
    form: "sums",
    sums: 2,
    term: ({ params }, _, of, i) => changeOf(of, i, params.epsilon),
    finish: (_, __, of, [total, count]) => element.add(of.base as Element, element.div(total as Element, element.max(one, count as Element))),
  },
})

/** Elements of a model that it changed alone, and together with others. */
interface Changes {
  readonly alone: number
  readonly together: number
}

const changes = (n: number, least: number): Measuring<readonly Changes[]> =>
  sumsOf(
    (of) => {
      const counts = Array.from({ length: n }, (_, i) => changeOf(of, i, least)[1])
      const isAlone = element.eq(added(counts), one)
      return counts.flatMap((count) => [element.where(isAlone, count, zero), element.where(isAlone, zero, count)])
    },
    (counts) => known(Array.from({ length: n }, (_, i) => ({ alone: counts[2 * i] ?? 0, together: counts[2 * i + 1] ?? 0 }))),
  )

/** RAM+: what a model changed alone is enlarged by `1 + r min(together / alone, alpha)`, counted over each tensor or the model. */
export const ramPlus = defineMethod({
  name: "ramplus",
  title: "RAM+",
  reference: "https://arxiv.org/abs/2601.13572",
  params: {
    epsilon,
    r: real({ min: 0, max: 10, default: 0.1, doc: "How much is made good for what is averaged away" }),
    alpha: real({ min: 0, max: 10, default: 0.2, doc: "Largest ratio of shared to own changes that counts" }),
    scope: choice(["tensor", "model"], { default: "tensor", doc: "Over what changes are counted" }),
  },
  each: {},
  base: "required",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: () => 2,
  span: ({ scope }) => scope,
  looks: { measuring: { params: ["epsilon", "scope"], each: [] } },
  measure: ({ models, params: { epsilon: least } }) => changes(models.length, least),
  how: {
    form: "joint",
    merged: ({ models, params }, counts, of) => {
      const scales = counts.map(({ alone, together }) => (alone === 0 ? 1 : 1 + params.r * Math.min(together / alone, params.alpha)))
      const changed = models.map((_, i) => changeOf(of, i, params.epsilon))
      const [total, count] = [added(changed.map(([delta]) => delta)), added(changed.map(([, one]) => one))]
      // Of those that changed it; there is one where it is used.
      const scale = added(changed.map(([, one], i) => element.mul(element.number(scales[i] as number), one)))
      return element.add(of.base as Element, element.where(element.eq(count, one), element.mul(total, scale), element.div(total, element.max(one, count))))
    },
  },
})

/** `KL(softmax(row of W) || softmax(row of W_0))` of a row. */
const divergence = (values: Float64Array, base: Float64Array): number => {
  const [p, q] = [softmax(values), softmax(base)]
  return p.reduce((sum, x, k) => sum + x * Math.log(x / q[k]!), 0)
}

const softmax = (row: Float64Array): Float64Array => {
  let top = -Infinity
  for (const x of row) top = Math.max(top, x)
  const powers = row.map((x) => Math.exp(x - top))
  const total = powers.reduce((a, b) => a + b, 0)
  // As much as mergekit adds: keeps the logarithm finite where a row is far from flat.
  return powers.map((x) => x / total + 1e-8)
}

/** `|W - W_0|` times the divergence of its row, f32: what is compared must be the same number in every pass. */
const importance = (of: Leaves, shape: Shape): Element => {
  const divergences = of.made([of.value(0), of.base as Element], rowByRow(shape, (rows, out) => out.fill(divergence(...(rows as [Float64Array, Float64Array])))))
  return element.near32(element.mul(element.abs(deltaOf(of, 0)), element.max(zero, divergences)))
}

/** Of the quartiles, 1 for the largest; where one lies between two elements it is the lower. */
const quartileRanks = (count: number): readonly number[] => [0.25, 0.5, 0.75].map((q) => count - Math.floor(q * (count - 1)))

/**
 * As mergekit has it: of the elements of a model those are taken whose importance is at least median + 1.5 interquartile ranges. Of more
 * than a million elements it takes the quartiles of a random million, here they are those of all.
 */
export const arceeFusion = defineMethod({
  name: "arcee_fusion",
  title: "Arcee Fusion",
  reference: "https://github.com/arcee-ai/mergekit/blob/main/docs/merge_methods.md",
  params: {},
  each: {},
  base: "required",
  models: { least: 1, most: 1 },
  sees: "row",
  symmetric: true,
  passes: () => 3,
  measure: ({ tensor }) => {
    const count = tensor.shape.reduce((a, b) => a * b, 1)
    const found = largest(1, (of) => [importance(of, tensor.shape)], () => quartileRanks(count))
    return after(found, ([[first = 0, median = 0, third = 0] = []]) => median + 1.5 * (third - first))
  },
  how: {
    form: "joint",
    merged: ({ tensor }, least, of) => element.where(element.ge(importance(of, tensor.shape), element.number(least)), of.value(0), of.base as Element),
  },
})
