/** What is said of merged values that are not all finite: which models have numbers that are none, and what had no room. SPEC F5, F15. */
import { NodeFailure, type Element } from "#src"
import type { Input, Sources } from "./formula-inputs.ts"
import { describeNotNumbers, nameOf, notNumbers } from "./not-numbers.ts"
import { overflowOf, type Overflow } from "./overflow.ts"

export interface Judged<S> {
  readonly tensor: string
  readonly sources: Sources<S>
  readonly formula: Element
  readonly results: ArrayLike<number>
  readonly operands: readonly { readonly input: Input<S>; readonly values: ArrayLike<number> }[]
  /** Element `k` of a source as it is stored, where it was rounded on the way. */
  readonly stored: (source: S, k: number) => number | undefined
}

/** Fails if there is a NaN that comes from what was read, and says from where. With compat some methods make one of numbers, as mergekit does. */
export const judgeResults = <S>({ tensor, sources, formula, results, operands, stored }: Judged<S>): Overflow => {
  if (notNumbers(results).nan > 0) {
    const got = describeNotNumbers(operands.flatMap(({ input, values }) => (input._tag === "source" ? [{ of: nameOf(sources, input.source), ...notNumbers(values) }] : [])))
    if (got !== undefined) throw new NodeFailure(`tensor ${tensor}: expected numbers, got ${got}`)
  }
  return overflowOf(results, formula, operands.map(({ input, values }) => ({ values, ...(input._tag === "source" ? { stored: (k: number) => stored(input.source, k) } : {}) })))
}
