/**
 * Weighted sums of models. With `normalize` the weighted mean, `sum w_i W_i / sum w_i`, else the plain sum.
 * Uniform, greedy and learned soups are this with their weights (Wortsman et al., arXiv 2203.05482, "Model soups").
 */
import { flag, real } from "#src"
import { defineMethod } from "../method/method.ts"

export const linear = defineMethod({
  name: "linear",
  title: "Weighted sum of models",
  reference: "https://arxiv.org/abs/2203.05482",
  params: { normalize: flag({ default: true, doc: "Divide by the sum of weights" }) },
  each: { weight: real({ min: -100, max: 100, default: 1, doc: "Coefficient of the model" }) },
  base: "none",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: () => 1,
  how: {
    form: "linear",
    combination: ({ models, params }) => {
      const weights = models.map((model) => model.params.weight)
      // Weights that cancel have no mean; the sum is then taken as it is, not divided by nothing.
      const total = weights.reduce((sum, w) => sum + w, 0)
      return { base: 0, models: weights, divisor: params.normalize && total !== 0 ? total : 1 }
    },
  },
})
