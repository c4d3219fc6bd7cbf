/** What is said where a NaN came out of a merge: which of the models have numbers that are none. SPEC F5. */
import type { Sources } from "./formula-inputs.ts"
import type { Loaded } from "./tensor-blocks.ts"

/** How many of `count` numbers in memory are none; random words all are some. */
export const notNumbers = ({ format, at }: Loaded, buffer: ArrayBuffer, count: number): { readonly nan: number; readonly infinite: number } => {
  if (format === "U32") return { nan: 0, infinite: 0 }
  let [nan, infinite] = [0, 0]
  if (format === "F64") {
    for (const x of new Float64Array(buffer, at, count)) {
      if (Number.isNaN(x)) nan++
      else if (!Number.isFinite(x)) infinite++
    }
    return { nan, infinite }
  }
  const bits = format === "F32" ? new Uint32Array(buffer, at, count) : new Uint16Array(buffer, at, count)
  const [sizes, top] = ({ F32: [0x7fffffff, 0x7f800000], BF16: [0x7fff, 0x7f80], F16: [0x7fff, 0x7c00] } as const)[format]
  for (const one of bits) {
    if ((one & sizes) > top) nan++
    else if ((one & sizes) === top) infinite++
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
