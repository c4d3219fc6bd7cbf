/** What is said where a NaN came out of a merge: which of the models have numbers that are none. SPEC F5. */
import type { Sources } from "./formula-inputs.ts"

/** How many of some values are none, or infinite. */
export const notNumbers = (values: ArrayLike<number>): { readonly nan: number; readonly infinite: number } => {
  let [nan, infinite] = [0, 0]
  for (let k = 0; k < values.length; k++) {
    if (Number.isNaN(values[k])) nan++
    else if (!Number.isFinite(values[k])) infinite++
  }
  return { nan, infinite }
}

/** Models by the order in which they are listed, from 1. */
export const nameOf = <S>({ models, base }: Sources<S>, source: S): string => {
  if (source === base) return "the base"
  const i = models.findIndex((model) => model.source === source || Object.values(model.companions).includes(source))
  return i < 0 ? "the sums" : `model ${i + 1}`
}

const counted = (count: number, what: string): readonly string[] => (count === 0 ? [] : [`${count} ${what}`])

/** `1 NaN and 2 infinite in model 2`; undefined when all are numbers. */
export const describeNotNumbers = (found: readonly { readonly of: string; readonly nan: number; readonly infinite: number }[]): string | undefined => {
  const had = found.flatMap(({ of, nan, infinite }) => (nan + infinite === 0 ? [] : [`${[...counted(nan, "NaN"), ...counted(infinite, "infinite")].join(" and ")} in ${of}`]))
  return had.length === 0 ? undefined : had.join(", ")
}
