/**
 * The weighted sum as mergekit calculates it: in the format the tensors have (`arithmetic`), so that weights, products, their sum and the
 * quotient are each rounded to it, and weights that cancel divide by 0. For comparison; `linear.ts` rounds once.
 */
import { choice, decodeHalves, encodeHalves, flag } from "#src"
import { defineMethod } from "../method/method.ts"
import { signedWeight } from "./weights.ts"

export const arithmetics = ["f32", "f16", "bf16"] as const
type Arithmetic = (typeof arithmetics)[number]

const rounding = (as: Arithmetic): ((values: Float64Array) => Float64Array) =>
  as === "f32" ? (values) => Float64Array.from(Float32Array.from(values)) : (values) => Float64Array.from(decodeHalves(as, encodeHalves(as, values)))

export const linearMergekit = defineMethod({
  name: "linear_mergekit",
  title: "Weighted sum, rounded as in mergekit",
  reference: "https://github.com/arcee-ai/mergekit/blob/main/mergekit/merge_methods/linear.py",
  params: {
    normalize: flag({ default: true, doc: "Divide by the sum of weights" }),
    arithmetic: choice(arithmetics, { default: "f32", doc: "Format of every number on the way" }),
  },
  each: { weight: signedWeight },
  base: "none",
  models: { least: 1, most: Infinity },
  // No arithmetic of formulas is that of 16 bits: loops do it, which are given whole rows.
  sees: "row",
  // Sums are taken as listed; mergekit's own order is that of a Python set.
  symmetric: false,
  passes: () => 1,
  how: {
    form: "joint",
    merged: ({ models, params: { normalize, arithmetic } }, _, of) => {
      const round = rounding(arithmetic)
      const weights = round(Float64Array.from(models, ({ params }) => params.weight))
      // PyTorch adds 16-bit numbers up in f32 and rounds the sum.
      const add = (parts: readonly Float64Array[]): Float64Array => round((parts[0] as Float64Array).map((_, k) => parts.reduce((sum, part) => Math.fround(sum + part[k]!), 0)))
      const divisor = normalize ? add(Array.from(weights, (w) => Float64Array.of(w)))[0]! : 1
      return of.made(models.map((_, i) => of.value(i)), (values, out) => {
        const total = add(values.map((one, i) => round(one.map((x) => weights[i]! * x))))
        out.set(round(total.map((x) => x / divisor)))
      })
    },
  },
})
