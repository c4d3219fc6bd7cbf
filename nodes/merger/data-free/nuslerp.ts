/**
 * NuSLERP, as in mergekit, from which it comes: SLERP by two weights, `t = w_2 / (w_1 + w_2)`, one half where they cancel; with a base, of the
 * differences from it. A straight line only where the sine of the angle is below 1e-8. One angle for a tensor, a row or a column.
 */
import type { Element, Shape } from "#src"
import { gram, gramOf } from "../method/dots.ts"
import { rowByRow } from "../method/blocks.ts"
import { defineMethod, type Leaves, type Site } from "../method/method.ts"
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
  looks: { measuring: { params: [], each: [] } },
  measure: () => gram(2),
  how: {
    form: "linear",
    combination: ({ models, based }, measured) => {
      const coefficients = greatCircle(measured, placeOf(models.map(({ params }) => params.weight)), straightAbove)
      return { base: based ? 1 - sum(coefficients) : 0, models: coefficients, divisor: 1 }
    },
  },
})

/** NuSLERP of two vectors, from the base where there is one, into `out`. */
const nuslerpInto = ([a, b, base]: readonly (Float64Array | undefined)[], t: number, out: Float64Array): void => {
  const [da, db] = [a, b].map((of) => (base === undefined ? of : of?.map((x, k) => x - base[k]!))) as [Float64Array, Float64Array]
  const [ca, cb] = greatCircle(gramOf([da, db]), t, straightAbove)
  for (let k = 0; k < out.length; k++) out[k] = ca * da[k]! + cb * db[k]! + (base === undefined ? 0 : base[k]!)
}

/** What `merge` makes of the models and the base, if any, with the place between the two models. */
const madeOf = (merge: (vectors: readonly Float64Array[], t: number, shape: Shape, out: Float64Array) => void) => ({ models, tensor }: Site<unknown, { readonly weight: number }>, _: unknown, of: Leaves): Element => {
  const t = placeOf(models.map(({ params }) => params.weight))
  return of.made([of.value(0), of.value(1), ...(of.base === undefined ? [] : [of.base])], (vectors, out) => merge(vectors, t, tensor.shape, out))
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
    merged: madeOf((vectors, t, shape, out) => {
      rowByRow(shape, (rows, row) => nuslerpInto(rows, t, row))(vectors, out)
    }),
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
    merged: madeOf((vectors, t, shape, out) => {
      const columns = out.length / (shape[0] ?? 1)
      const merged = new Float64Array(out.length / columns)
      for (let c = 0; c < columns; c++) {
        nuslerpInto(vectors.map((of) => merged.map((_, r) => of[r * columns + c] as number)), t, merged)
        merged.forEach((x, r) => (out[r * columns + c] = x))
      }
    }),
  },
})
