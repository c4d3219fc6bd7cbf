/** Merges that move along the way from one model to another, or from the base to the models: one coefficient for a whole tensor. */
import { element, flag, real, type Element } from "#src"
import { known } from "../method/measuring.ts"
import { defineMethod } from "../method/method.ts"
import { gram } from "../method/dots.ts"
import { greatCircle } from "./sphere.ts"
import { divisorOf, signedWeight, sum } from "./weights.ts"

/** `(1 - alpha) W_0 + alpha W_1` (Wortsman et al., arXiv 2109.01903, "Robust fine-tuning of zero-shot models"). 0 and 1 are copies. */
export const wiseFt = defineMethod({
  name: "wise_ft",
  title: "Between the base and its fine-tuned model",
  reference: "https://arxiv.org/abs/2109.01903",
  params: { alpha: real({ min: 0, max: 1, default: 0.5, doc: "Share of the fine-tuned model" }) },
  each: {},
  base: "required",
  models: { least: 1, most: 1 },
  sees: "element",
  symmetric: true,
  passes: () => 1,
  how: { form: "linear", combination: ({ params: { alpha } }) => ({ base: 1 - alpha, models: [alpha], divisor: 1 }) },
})

/**
 * `W_0 + lambda sum_i w_i (W_i - W_0)`, negative weights take away (Ilharco et al., arXiv 2212.04089, "Editing models with task
 * arithmetic"). With `normalize` the sum is divided by the sum of weights.
 */
export const taskArithmetic = defineMethod({
  name: "task_arithmetic",
  title: "Task arithmetic",
  reference: "https://arxiv.org/abs/2212.04089",
  params: {
    lambda: real({ min: -10, max: 10, default: 0.3, doc: "Scale of the sum of task vectors" }),
    normalize: flag({ default: false, doc: "Divide by the sum of weights" }),
  },
  each: { weight: signedWeight },
  base: "required",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  passes: () => 1,
  looks: { finishing: ["lambda", "normalize"] },
  how: {
    form: "linear",
    combination: ({ models, params }) => {
      const weights = models.map((model) => model.params.weight)
      const divisor = divisorOf(weights, params.normalize)
      return { base: divisor - params.lambda * sum(weights), models: weights, scale: params.lambda, divisor }
    },
  },
})

/**
 * Along the great circle from the first model to the second: `sin((1-t) O)/sin(O) a + sin(t O)/sin(O) b`, O the angle between
 * the flattened tensors, which keep their lengths; a straight line when `|cos O| > 0.9995` or one of them is 0
 * (Shoemake, SIGGRAPH 1985).
 */
export const slerp = defineMethod({
  name: "slerp",
  title: "SLERP",
  reference: "https://doi.org/10.1145/325334.325242",
  params: { t: real({ min: 0, max: 1, default: 0.5, doc: "From the first model (0) to the second (1)" }) },
  each: {},
  base: "none",
  models: { least: 2, most: 2 },
  sees: "element",
  symmetric: false,
  passes: ({ t }) => (t === 0 || t === 1 ? 1 : 2),
  // The ends are copies, at any angle: nothing has to be measured.
  looks: { measuring: { params: [], each: [] } },
  measure: ({ params: { t } }) => (t === 0 || t === 1 ? known(undefined) : gram(2)),
  how: { form: "linear", combination: ({ params: { t } }, measured) => ({ base: 0, models: greatCircle(measured, t, 0.9995), divisor: 1 }) },
})

/**
 * Elements of the base that a model is close to move towards it: `a + w (b - a)`, `w = min(1, t / |a - b|)`. As in mergekit, from
 * which it comes.
 */
export const nearswap = defineMethod({
  name: "nearswap",
  title: "NearSwap",
  reference: "https://huggingface.co/alchemonaut/QuartetAnemoi-70B-t0.0001",
  params: { t: real({ min: 0, max: 10, default: 0.0001, step: 0.0001, doc: "Distance up to which an element is swapped whole" }) },
  each: {},
  base: "required",
  models: { least: 1, most: 1 },
  sees: "element",
  symmetric: true,
  passes: () => 1,
  how: {
    form: "joint",
    merged: ({ params: { t } }, _, of) => {
      const [a, b, number] = [of.base as Element, of.value(0), element.number]
      const distance = element.max(element.abs(element.sub(a, b)), number(1e-6))
      return element.add(a, element.mul(element.min(number(1), element.div(number(t), distance)), element.sub(b, a)))
    },
  },
})

/** One model as it is, times `scale`. */
export const passthrough = defineMethod({
  name: "passthrough",
  title: "One model as it is",
  reference: "https://github.com/arcee-ai/mergekit/blob/main/docs/merge_methods.md",
  params: {},
  each: { scale: real({ min: -100, max: 100, default: 1, doc: "Every element times this" }) },
  base: "none",
  models: { least: 1, most: 1 },
  sees: "element",
  symmetric: true,
  passes: () => 1,
  how: { form: "linear", combination: ({ models }) => ({ base: 0, models: models.map(({ params }) => params.scale), divisor: 1 }) },
})
