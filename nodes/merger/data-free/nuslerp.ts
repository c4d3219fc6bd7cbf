/**
 * NuSLERP, as in mergekit, from which it comes: SLERP by two weights, `t = w_2 / (w_1 + w_2)`, one half where they cancel; with a base, of the
 * differences from it. A straight line only where the sine of the angle is below 1e-8. One angle for a tensor, a row or a column.
 */
import { gram, gramOf, deltasOf } from "../method/dots.ts"
import { rowLength } from "../method/blocks.ts"
import { defineMethod, type Numbers } from "../method/method.ts"
import { greatCircle } from "./sphere.ts"
import { signedWeight, sum } from "./weights.ts"

const parts = {
  reference: "https://github.com/arcee-ai/mergekit/blob/main/docs/merge_methods.md",
  params: {},
  each: { weight: signedWeight },
  base: "optional",
  models: { least: 2, most: 2 },
  symmetric: true,
} as const

/** Cosine of the angle whose sine is 1e-8. */
const straightAbove = Math.sqrt(1 - 1e-16)

const placeOf = ([first = 0, second = 0]: readonly number[]): number => (Math.abs(first + second) < 1e-6 ? 0.5 : second / (first + second))

export const nuslerp = defineMethod({
  ...parts,
  name: "nuslerp",
  title: "NuSLERP",
  sees: "element",
  passes: () => 2,
  measure: () => gram(2),
  how: {
    form: "linear",
    combination: ({ models, based }, measured) => {
      const coefficients = greatCircle(measured, placeOf(models.map(({ params }) => params.weight)), straightAbove)
      return { base: based ? 1 - sum(coefficients) : 0, models: coefficients, divisor: 1 }
    },
  },
})

/** NuSLERP of single vectors, from the base where there is one. */
const nuslerpInto = (a: Numbers, b: Numbers, base: Numbers | undefined, t: number, out: Float64Array): void => {
  const [da, db] = [deltasOf(a, base), deltasOf(b, base)]
  const [ca, cb] = greatCircle(gramOf([da, db]), t, straightAbove)
  for (let k = 0; k < out.length; k++) out[k] = ca * da[k]! + cb * db[k]! + (base === undefined ? 0 : base[k]!)
}

/** NuSLERP with an angle for each row, a run of the last axis (`nuslerp_flatten: false` in mergekit). */
export const nuslerpRows = defineMethod({
  ...parts,
  name: "nuslerp_rows",
  title: "NuSLERP, row by row",
  sees: "row",
  passes: () => 1,
  how: {
    form: "joint",
    blend: ({ base, models, tensor, length }, _, out) => {
      const row = rowLength(tensor.shape)
      const t = placeOf(models.map(({ params }) => params.weight))
      const [a, b] = models.map(({ values }) => values) as [Numbers, Numbers]
      for (let from = 0; from < length; from += row) {
        const [va, vb, vBase] = [a, b, base].map((of) => of?.subarray(from, from + row))
        nuslerpInto(va as Numbers, vb as Numbers, vBase, t, out.subarray(from, from + row))
      }
    },
  },
})

/** NuSLERP with an angle for each run of the first axis (`nuslerp_flatten: false`, `nuslerp_row_wise: true` in mergekit). */
export const nuslerpColumns = defineMethod({
  ...parts,
  name: "nuslerp_columns",
  title: "NuSLERP, column by column",
  sees: "tensor",
  passes: () => 1,
  how: {
    form: "joint",
    blend: ({ base, models, tensor, length }, _, out) => {
      const columns = length / (tensor.shape[0] ?? 1)
      const t = placeOf(models.map(({ params }) => params.weight))
      const column = (of: Numbers, c: number): Float64Array => Float64Array.from({ length: length / columns }, (_, r) => of[r * columns + c] as number)
      const merged = new Float64Array(length / columns)
      for (let c = 0; c < columns; c++) {
        const [a, b] = models.map(({ values }) => column(values, c)) as [Numbers, Numbers]
        nuslerpInto(a, b, base === undefined ? undefined : column(base, c), t, merged)
        merged.forEach((x, r) => (out[r * columns + c] = x))
      }
    },
  },
})
