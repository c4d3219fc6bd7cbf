/**
 * Numbers that a method must know of a whole tensor or model before it writes: norms, inner products, quantiles. A measuring is
 * a value: either its result, or a pass over blocks and what comes after it. So an executor needs no knowledge of the
 * method, later passes may depend on earlier ones, and a result that needs no pass costs none.
 */
import type { Element } from "#src"
import type { Leaves } from "./method.ts"

/** What one pass finds. */
export type Kernels =
  /** Sums of formulas over all elements, each in f64 (`src/checkpoint/kernel/sums.ts`): one list of them. */
  | { readonly kind: "sums"; readonly formulas: (of: Leaves) => readonly Element[] }
  /** Counts of sizes (`quantile.ts`), for each list by the upper bits, or in some buckets of each by the lower. */
  | { readonly kind: "counts"; readonly sizes: (of: Leaves) => readonly Element[]; readonly buckets?: readonly (readonly number[])[] }

/** Of a pass over some blocks. Those of blocks are added up in their order, ((b0 + b1) + b2) + ..., so that threads and reads cannot change a byte. */
export type Totals = readonly (readonly Float64Array[])[]

export interface Pass<A> {
  readonly known: false
  readonly kernels: Kernels
  /** `totals` is undefined when there was no block. */
  then(totals: Totals | undefined): Measuring<A>
}

export type Measuring<A> = { readonly known: true; readonly value: A } | Pass<A>

export const known = <A>(value: A): Measuring<A> => ({ known: true, value })

/** Sums of formulas. */
export const sumsOf = <A>(formulas: (of: Leaves) => readonly Element[], then: (sums: readonly number[]) => Measuring<A>): Measuring<A> => ({
  known: false,
  kernels: { kind: "sums", formulas },
  then: (totals) => then([...(totals?.[0]?.[0] ?? [])]),
})

/** May overwrite and return `a`. */
export const plusTotals = (a: Totals, b: Totals): Totals => {
  a.forEach((list, i) => list.forEach((sums, k) => addInPlace(sums, b[i]?.[k] as Float64Array)))
  return a
}

const addInPlace = (a: Float64Array, b: Float64Array): void => {
  for (let i = 0; i < a.length; i++) a[i]! += b[i]!
}

/** The same measuring with another result. */
export const after = <A, C>(measuring: Measuring<A>, change: (value: A) => C): Measuring<C> =>
  measuring.known ? known(change(measuring.value)) : { ...measuring, then: (totals) => after(measuring.then(totals), change) }

/** One measuring after another: the second may look at the result of the first. */
export const andThen = <A, C>(measuring: Measuring<A>, next: (value: A) => Measuring<C>): Measuring<C> =>
  measuring.known ? next(measuring.value) : { ...measuring, then: (totals) => andThen(measuring.then(totals), next) }
