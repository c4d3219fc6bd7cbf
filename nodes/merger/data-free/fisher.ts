/**
 * Fisher-weighted averaging (Matena & Raffel, arXiv 2111.09832): `sum_i c_i F_i W_i / sum_i c_i F_i`, element by element, F_i the
 * diagonal Fisher information of model i, which comes beside it as `fisher`. `normalize` divides each F_i by its length over the
 * whole model, so that no model rules by the scale of its loss. The authors first raise the Fisher of the target model to at least
 * 1e-6, so that where no model is sure the target's weight stays: give it that `floor`. Where all are 0 it is the weighted mean.
 */
import { element, flag, real, type Element } from "#src"
import { known, sumsOf, type Measuring } from "../method/measuring.ts"
import { defineMethod, type Site } from "../method/method.ts"

/** Of each model's Fisher information; 1 where it is not to be divided by it. */
const lengthsOf = ({ models, params }: Site<{ readonly normalize: boolean }, unknown>): Measuring<readonly number[]> =>
  params.normalize
    ? sumsOf(
        (of) => models.map((_, i) => element.mul(of.companion(i, "fisher"), of.companion(i, "fisher"))),
        (squares) => known(squares.map((s) => (s === 0 ? 1 : Math.sqrt(s)))),
      )
    : known(models.map(() => 1))

export const fisher = defineMethod({
  name: "fisher",
  title: "Average by Fisher information",
  reference: "https://arxiv.org/abs/2111.09832",
  params: { normalize: flag({ default: true, doc: "Divide each model's Fisher information by its length over the model" }) },
  each: {
    weight: real({ min: 0, max: 1e6, default: 1, doc: "Coefficient of the model" }),
    floor: real({ min: 0, max: 1, default: 0, doc: "Fisher information counts as at least this, before it is normalised; the authors give the target model 1e-6" }),
  },
  base: "none",
  models: { least: 1, most: Infinity },
  sees: "element",
  symmetric: true,
  companions: ["fisher"],
  passes: ({ normalize }) => (normalize ? 2 : 1),
  span: () => "model",
  looks: { measuring: { params: ["normalize"], each: [] } },
  apart: { when: () => true, measure: lengthsOf },
  measure: lengthsOf,
  how: {
    form: "sums",
    sums: 4,
    term: ({ models }, lengths, of, i) => {
      const { params } = models[i]!
      const weight = element.number(params.weight)
      const share = element.mul(weight, element.div(element.max(of.companion(i, "fisher"), element.number(params.floor)), element.number(lengths[i]!)))
      return [element.mul(share, of.value(i)), share, element.mul(weight, of.value(i)), weight]
    },
    finish: (_, __, ___, sums) => {
      const [weighted, mass, plain, count] = sums as readonly [Element, Element, Element, Element]
      const zero = element.number(0)
      return element.where(element.eq(mass, zero), element.div(plain, element.where(element.eq(count, zero), element.number(1), count)), element.div(weighted, mass))
    },
  },
})
