/**
 * SCE (Wan et al., arXiv 2408.07990, "FuseChat"): select the elements in which the models differ most, calculate a
 * weight for each model from the squares of its selected elements, erase what is against the sign of the sum.
 */
import { real } from "#src"
import type { AnyBlock } from "../method/blend.ts"
import { deltasOf, dot } from "../method/dots.ts"
import { after, andThen, known, sumsOf, type Measuring } from "../method/measuring.ts"
import { defineMethod, type Numbers } from "../method/method.ts"
import { largest } from "../method/quantile.ts"

export interface Selected {
  /** Least variance of an element that is selected. */
  readonly least: number
  /** Of each model, summing to 1. */
  readonly weights: readonly number[]
}

const deltas = ({ models, base }: Pick<AnyBlock, "models" | "base">): readonly Numbers[] => models.map(({ values }) => deltasOf(values, base))

/** Variance over the models, f32: what selects must be the same number in every pass. */
const variances = (vectors: readonly Numbers[], length: number): Float32Array => {
  const out = new Float32Array(length)
  const n = vectors.length
  for (let k = 0; k < length; k++) {
    let [sum, spread] = [0, 0]
    for (const v of vectors) sum += v[k]!
    for (const v of vectors) spread += (v[k]! - sum / n) ** 2
    out[k] = spread / n
  }
  return out
}

const selectionOf = (topk: number): Measuring<AnyBlock, number> => {
  if (topk >= 1) return known(0)
  const counted = sumsOf(1, (block: AnyBlock) => Float64Array.of(variances(deltas(block), block.length).reduce((n, v) => n + Number(v > 0), 0)), ([n = 0]) => known(n))
  return andThen(counted, (nonzero) =>
    after(largest(1, (block) => [variances(deltas(block), block.length)], () => [Math.floor(topk * nonzero)]), ([[least = Infinity] = []]) => least),
  )
}

export const sce = defineMethod({
  name: "sce",
  title: "SCE",
  reference: "https://arxiv.org/abs/2408.07990",
  params: { select_topk: real({ min: 0, max: 1, default: 1, doc: "Share of the elements with any variance that is selected" }) },
  each: {},
  base: "required",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: ({ select_topk }) => (select_topk < 1 ? 5 : 2),
  measure: ({ models, params }) =>
    andThen(selectionOf(params.select_topk), (least) =>
      sumsOf<AnyBlock, Selected>(
        models.length,
        (block) => {
          const vectors = deltas(block)
          const variance = variances(vectors, block.length)
          const selected = vectors.map((v) => Float64Array.from(v, (d, k) => (variance[k]! >= least ? d : 0)))
          return Float64Array.from(selected, (v) => dot(v, v, block.length))
        },
        (squares) => {
          const total = squares.reduce((a, b) => a + b, 0)
          return known({ least, weights: Array.from(squares, (s) => (total === 0 ? 1 / squares.length : s / total)) })
        },
      ),
    ),
  how: {
    form: "joint",
    blend: ({ base, models, length }, { least, weights }, out) => {
      const vectors = deltas({ base, models } as unknown as AnyBlock)
      const variance = variances(vectors, length)
      for (let k = 0; k < length; k++) {
        const selected = variance[k]! >= least
        const sign = vectors.reduce((sum, v) => sum + v[k]!, 0) >= 0 ? 1 : -1
        let [sum, mass] = [0, 0]
        vectors.forEach((v, i) => {
          if (!selected || v[k]! * sign <= 0) return
          sum += weights[i]! * v[k]!
          mass += weights[i]!
        })
        out[k] = base![k]! + sum / Math.max(mass, 1e-6)
      }
    },
  },
})
