/**
 * SCE (Wan et al., arXiv 2408.07990, "FuseChat"): select the elements in which the models differ most, calculate a
 * weight for each model from the squares of its selected elements, erase what is against the sign of the sum. `compat: mergekit` has equal
 * weights where the mean squares of all models add up to less than 1e-6, as those of fine-tuned models often do.
 */
import { choice, element, real, sizeOf, type Element } from "#src"
import { deltaOf } from "../method/dots.ts"
import { after, andThen, known, sumsOf, type Measuring } from "../method/measuring.ts"
import { defineMethod, type Leaves } from "../method/method.ts"
import { largest } from "../method/quantile.ts"
import { added, sum } from "./weights.ts"

export interface Selected {
  /** Least variance of an element that is selected. */
  readonly least: number
  /** Of each model, summing to 1. */
  readonly weights: readonly number[]
}

const [zero, one] = [element.number(0), element.number(1)]

const deltas = (of: Leaves, n: number): readonly Element[] => Array.from({ length: n }, (_, i) => deltaOf(of, i))

/** Variance over the models, f32: what selects must be the same number in every pass. */
const varianceOf = (vectors: readonly Element[]): Element => {
  const n = element.number(vectors.length)
  const mean = element.div(added(vectors), n)
  const spread = added(vectors.map((v) => element.sub(v, mean)).map((off) => element.mul(off, off)))
  return element.near32(element.div(spread, n))
}

const selectionOf = (n: number, topk: number): Measuring<number> => {
  if (topk >= 1) return known(0)
  const variance = (of: Leaves): Element => varianceOf(deltas(of, n))
  return andThen(sumsOf((of) => [element.where(element.gt(variance(of), zero), one, zero)], ([nonzero = 0]) => known(nonzero)), (nonzero) =>
    after(largest(1, (of) => [variance(of)], () => [Math.floor(topk * nonzero)]), ([[least = Infinity] = []]) => least),
  )
}

export const sce = defineMethod({
  name: "sce",
  title: "SCE",
  reference: "https://arxiv.org/abs/2408.07990",
  params: {
    select_topk: real({ min: 0, max: 1, default: 1, doc: "Share of the elements with any variance that is selected" }),
    compat: choice(["none", "mergekit"], { default: "none", doc: "mergekit: weights are equal where differences from the base are small" }),
  },
  each: {},
  base: "required",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: ({ select_topk }) => (select_topk < 1 ? 5 : 2),
  measure: ({ tensor, models, params }) =>
    andThen(selectionOf(models.length, params.select_topk), (least) =>
      sumsOf(
        (of) => {
          const vectors = deltas(of, models.length)
          const isSelected = element.ge(varianceOf(vectors), element.number(least))
          return vectors.map((v) => element.where(isSelected, v, zero)).map((v) => element.mul(v, v))
        },
        (squares): Measuring<Selected> => {
          const total = sum(squares)
          const isEqual = total === 0 || (params.compat === "mergekit" && total / sizeOf(tensor.shape) < 1e-6)
          return known({ least, weights: squares.map((s) => (isEqual ? 1 / squares.length : s / total)) })
        },
      ),
    ),
  how: {
    form: "joint",
    merged: ({ models }, { least, weights }, of) => {
      const vectors = deltas(of, models.length)
      const isSelected = element.ge(varianceOf(vectors), element.number(least))
      const sign = element.where(element.ge(added(vectors), zero), one, element.number(-1))
      const [parts, masses] = [0, 1].map((which) =>
        vectors.map((v, i) => {
          const weight = element.number(weights[i] as number)
          return element.where(element.gt(element.mul(v, sign), zero), which === 0 ? element.mul(weight, v) : weight, zero)
        }),
      ) as [Element[], Element[]]
      const merged = element.div(added(parts), element.max(added(masses), element.number(1e-6)))
      return element.add(of.base as Element, element.where(isSelected, merged, zero))
    },
  },
})
