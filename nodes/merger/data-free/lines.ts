/**
 * LiNeS (Wang et al., arXiv 2410.17146): task vectors scaled by depth, `lambda(l) = alpha + beta l / (L - 1)` in layer l of L, alpha
 * outside the layers. Of one fine-tuned model (`beta = 1 - alpha`), or of a sum of several, for which the authors take
 * `alpha = (|sum d_i|_1 / |merged d|_1) / T`: `alpha_from: norms`, measured over the whole model.
 *
 * A tensor's layer is the first number in its name; the authors' code takes the first number that fits, which of
 * `layers.7.mlp.0` is 0.
 */
import { choice, element, real } from "#src"
import { deltaOf } from "../method/dots.ts"
import { known, sumsOf } from "../method/measuring.ts"
import { defineMethod } from "../method/method.ts"
import { added, sum } from "./weights.ts"

export const lines = defineMethod({
  name: "lines",
  title: "LiNeS",
  reference: "https://arxiv.org/abs/2410.17146",
  params: {
    alpha: real({ min: -10, max: 10, default: 0.5, doc: "Scale of the first layer, and outside the layers" }),
    beta: real({ min: -10, max: 10, default: 0.5, doc: "How much is added up to the last layer" }),
    alpha_from: choice(["param", "norms"], { default: "param", doc: "norms: alpha is (|sum of task vectors| / |their weighted sum|) / their number, in L1" }),
  },
  each: { weight: real({ min: -100, max: 100, default: 1, doc: "Coefficient of the task vector" }) },
  base: "required",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: ({ alpha_from }) => (alpha_from === "norms" ? 2 : 1),
  span: () => "model",
  looks: { measuring: { params: ["alpha", "alpha_from"], each: ["weight"] }, finishing: ["alpha", "beta", "alpha_from"] },
  measure: ({ models, params }) =>
    params.alpha_from === "param"
      ? known(params.alpha)
      : sumsOf(
          (of) => {
            const deltas = models.map((_, i) => deltaOf(of, i))
            return [deltas, deltas.map((delta, i) => element.mul(element.number(models[i]!.params.weight), delta))].map((vectors) => element.abs(added(vectors)))
          },
          ([plain = 0, merged = 0]) => known(merged === 0 ? 0 : plain / merged / models.length),
        ),
  how: {
    form: "linear",
    combination: ({ models, params: { beta }, tensor: { layer, layers } }, alpha) => {
      const scale = layer === undefined ? alpha : alpha + (layers > 1 ? (beta * layer) / (layers - 1) : 0)
      const weights = models.map(({ params }) => params.weight)
      return { base: 1 - scale * sum(weights), models: weights, scale, divisor: 1 }
    },
  },
})
