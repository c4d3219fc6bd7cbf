/**
 * Merged values that are infinite though every number they are made of is finite: what they are stored in, or calculated in, has no room for
 * them. What was infinite before and stays so is none. SPEC F15.
 */
import { evaluate, type Element } from "#src"

export interface Overflow {
  readonly values: number
  /** The largest of them without its sign; infinite where what it is calculated in has no room for it either. */
  readonly largest: number
}

export const noOverflow: Overflow = { values: 0, largest: 0 }

export const plusOverflow = (a: Overflow, b: Overflow): Overflow => ({ values: a.values + b.values, largest: Math.max(a.largest, b.largest) })

/** What a formula was calculated from. */
export interface Operand {
  readonly values: ArrayLike<number>
  /** Of what was read; element `k` as it is stored, where it was rounded on the way. */
  readonly stored?: (k: number) => number | undefined
}

/** Among the results of a formula. */
export const overflowOf = (results: ArrayLike<number>, formula: Element, operands: readonly Operand[]): Overflow => {
  let found = noOverflow
  for (let k = 0; k < results.length; k++) {
    if (Math.abs(results[k]!) !== Infinity) continue
    const values = operands.map(({ values, stored }) => (Number.isFinite(values[k]) ? undefined : stored?.(k)) ?? values[k]!)
    if (!operands.every(({ stored }, i) => stored === undefined || Number.isFinite(values[i]))) continue
    found = plusOverflow(found, { values: 1, largest: Math.abs(evaluate(formula, (input) => values[input] as number)) })
  }
  return found
}
