/** Merges that look at which elements a model changed: RAM (several models), Arcee Fusion (one). */
import { choice, real } from "#src"
import type { AnyBlock } from "../method/blend.ts"
import { rowLength } from "../method/blocks.ts"
import { deltasOf } from "../method/dots.ts"
import { after, known, sumsOf, type Measuring } from "../method/measuring.ts"
import { defineMethod, type Numbers } from "../method/method.ts"
import { largest } from "../method/quantile.ts"

const epsilon = real({ min: 0, max: 1, default: 1e-5, doc: "Differences up to this are no change" })

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
    term: ({ base, models, params }, i, _, [total, count]) => {
      const delta = deltasOf(models[i]!.values, base)
      for (let k = 0; k < delta.length; k++) {
        if (Math.abs(delta[k]!) <= params.epsilon) continue
        total![k] = delta[k]!
        count![k] = 1
      }
    },
    finish: ({ base }, [total, count], _, out) => {
      for (let k = 0; k < out.length; k++) out[k] = base![k]! + total![k]! / Math.max(1, count![k]!)
    },
  },
})

/** Elements of each model that it changed alone, and together with others. */
const changes = (n: number, least: number): Measuring<AnyBlock, readonly { readonly alone: number; readonly together: number }[]> =>
  sumsOf(
    2 * n,
    ({ base, models, length }) => {
      const deltas = models.map(({ values }) => deltasOf(values, base))
      const counts = new Float64Array(2 * n)
      for (let k = 0; k < length; k++) {
        const who = deltas.reduce((total, d) => total + Number(Math.abs(d[k]!) > least), 0)
        deltas.forEach((d, i) => {
          if (Math.abs(d[k]!) > least) counts[2 * i + Number(who > 1)]!++
        })
      }
      return counts
    },
    (counts) => known(Array.from({ length: n }, (_, i) => ({ alone: counts[2 * i] as number, together: counts[2 * i + 1] as number }))),
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
  measure: ({ models, params: { r, alpha, epsilon: least } }) =>
    after(changes(models.length, least), (counts) => counts.map(({ alone, together }) => (alone === 0 ? 1 : 1 + r * Math.min(together / alone, alpha)))),
  how: {
    form: "joint",
    blend: ({ base, models, params }, scales, out) => {
      const deltas = models.map(({ values }) => deltasOf(values, base))
      for (let k = 0; k < out.length; k++) {
        const who = deltas.flatMap((d, i) => (Math.abs(d[k]!) > params.epsilon ? [i] : []))
        const total = who.reduce((all, i) => all + deltas[i]![k]!, 0)
        out[k] = base![k]! + (who.length === 1 ? total * scales[who[0] as number]! : total / Math.max(1, who.length))
      }
    },
  },
})

/** `|W - W_0| KL(softmax(row of W) || softmax(row of W_0))`, f32: what is compared must be the same number in every pass. */
const importance = (values: Numbers, base: Numbers, row: number): Float32Array => {
  const out = new Float32Array(values.length)
  for (let from = 0; from < values.length; from += row) {
    const [p, q] = [values, base].map((of) => softmax(of.subarray(from, from + row))) as [Float64Array, Float64Array]
    let divergence = 0
    for (let k = 0; k < row; k++) divergence += p[k]! * Math.log(p[k]! / q[k]!)
    for (let k = from; k < from + row; k++) out[k] = Math.abs(values[k]! - base[k]!) * Math.max(0, divergence)
  }
  return out
}

const softmax = (row: Numbers): Float64Array => {
  let top = -Infinity
  for (const x of row) top = Math.max(top, x)
  const powers = Float64Array.from(row, (x) => Math.exp(x - top))
  const total = powers.reduce((a, b) => a + b, 0)
  // As much as mergekit adds: keeps the logarithm finite where a row is far from flat.
  return powers.map((x) => x / total + 1e-8)
}

/** Ranks between which a quantile lies, 1 for the largest, and how far from the lower one. */
const quantileRanks = (count: number, q: number): { readonly below: number; readonly above: number; readonly share: number } => {
  const place = q * (count - 1)
  return { below: count - Math.floor(place), above: count - Math.ceil(place), share: place - Math.floor(place) }
}

const quartiles = [0.25, 0.5, 0.75]

/** As mergekit has it: of the elements of a model those are taken whose importance is above median + 1.5 interquartile ranges. */
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
    const ranks = quartiles.map((q) => quantileRanks(count, q))
    const sizes = ({ models, base }: AnyBlock): readonly Float32Array[] => [importance(models[0]!.values, base as Numbers, rowLength(tensor.shape))]
    return after(largest(1, sizes, () => ranks.flatMap(({ below, above }) => [below, above])), ([found = []]) => {
      const [first, median, third] = ranks.map(({ share }, i) => found[2 * i]! + share * (found[2 * i + 1]! - found[2 * i]!)) as [number, number, number]
      return median + 1.5 * (third - first)
    })
  },
  how: {
    form: "joint",
    blend: ({ base, models, tensor }, least, out) => {
      const { values } = models[0]!
      const important = importance(values, base as Numbers, rowLength(tensor.shape))
      for (let k = 0; k < out.length; k++) out[k] = important[k]! >= least ? values[k]! : base![k]!
    },
  },
})
