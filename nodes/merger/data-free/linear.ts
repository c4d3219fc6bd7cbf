/**
 * Weighted sums of models. With `normalize` the weighted mean, `sum w_i W_i / sum w_i`, else the plain sum.
 * Uniform, greedy and learned soups are this with their weights (Wortsman et al., arXiv 2203.05482, "Model soups").
 */
import { flag } from "#src"
import { defineMethod } from "../method/method.ts"
import { divisorOf, signedWeight } from "./weights.ts"

export const linear = defineMethod({
  name: "linear",
  title: "Weighted sum of models",
  reference: "https://arxiv.org/abs/2203.05482",
  params: { normalize: flag({ default: true, doc: "Divide by the sum of weights" }) },
  each: { weight: signedWeight },
  base: "none",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: () => 1,
  looks: { finishing: ["normalize"] },
  how: {
    form: "linear",
    combination: ({ models, params }) => {
      const weights = models.map((model) => model.params.weight)
      return { base: 0, models: weights, divisor: divisorOf(weights, params.normalize) }
    },
  },
})
