/**
 * Numbers that a method must know of a whole tensor or model before it writes: norms, inner products, quantiles. A measuring is
 * a value: either its result, or a pass over blocks and what comes after it. So an executor needs no knowledge of the
 * method, later passes may depend on earlier ones, and a result that needs no pass costs none.
 */
import type { Element } from "#src"
import type { Leaves } from "./method.ts"

/** What a pass is for an executor with kernels: the same numbers, to the bit, as `of` gives. */
export type Kernels =
  /** Sums of formulas: four for each, of every fourth element, over runs of `sumRun` elements (`dots.ts`). */
  | { readonly kind: "sums"; readonly formulas: (of: Leaves) => readonly Element[] }
  /** Counts of sizes (`quantile.ts`), for each list; in some buckets of each, or by the upper bits. */
  | { readonly kind: "counts"; readonly sizes: (of: Leaves) => readonly Element[]; readonly buckets?: readonly (readonly number[])[] }

/** `of` each block, `plus` over the blocks in their order, then on. Totals can be sent between threads. */
export interface Pass<B, T, A> {
  readonly known: false
  readonly kernels?: Kernels
  of(block: B): T
  /** May overwrite and return `a`. Always called as ((b0 + b1) + b2) + ..., so that threads and reads cannot change a byte. */
  plus(a: T, b: T): T
  /** `total` is undefined when there was no block. */
  then(total: T | undefined): Measuring<B, A>
}

export type Measuring<B, A> = { readonly known: true; readonly value: A } | Pass<B, unknown, A>

export const known = <B, A>(value: A): Measuring<B, A> => ({ known: true, value })

/** One pass over blocks. */
export const pass = <B, T, A>(of: (block: B) => T, plus: (a: T, b: T) => T, then: (total: T | undefined) => Measuring<B, A>, kernels?: Kernels): Measuring<B, A> =>
  ({ known: false, of, plus, then, ...(kernels === undefined ? {} : { kernels }) }) as Pass<B, T, A> as Measuring<B, A>

/** Sums of `n` numbers a block, in f64; `formulas` give the same to the bit. */
export const sumsOf = <B, A>(n: number, of: (block: B) => Float64Array, then: (total: Float64Array) => Measuring<B, A>, formulas?: (of: Leaves) => readonly Element[]): Measuring<B, A> =>
  pass(of, addInPlace, (total) => then(total ?? new Float64Array(n)), formulas === undefined ? undefined : { kind: "sums", formulas })

export const addInPlace = (a: Float64Array, b: Float64Array): Float64Array => {
  for (let i = 0; i < a.length; i++) a[i]! += b[i]!
  return a
}

/** Both, in the same passes: as many as the longer one has. */
export const both = <B, A1, A2, A>(a: Measuring<B, A1>, b: Measuring<B, A2>, join: (a: A1, b: A2) => A): Measuring<B, A> => {
  if (a.known && b.known) return known(join(a.value, b.value))
  if (a.known) return after(b, (value) => join(a.value, value))
  if (b.known) return after(a, (value) => join(value, b.value))
  return pass(
    (block: B) => [a.of(block), b.of(block)] as const,
    (x, y) => [a.plus(x[0], y[0]), b.plus(x[1], y[1])] as const,
    (total) => both(a.then(total?.[0]), b.then(total?.[1]), join),
  )
}

/** The same measuring with another result. */
export const after = <B, A, C>(measuring: Measuring<B, A>, change: (value: A) => C): Measuring<B, C> =>
  measuring.known ? known(change(measuring.value)) : { ...measuring, then: (total) => after(measuring.then(total), change) }

/** One measuring after another: the second may look at the result of the first. */
export const andThen = <B, A, C>(measuring: Measuring<B, A>, next: (value: A) => Measuring<B, C>): Measuring<B, C> =>
  measuring.known ? next(measuring.value) : { ...measuring, then: (total) => andThen(measuring.then(total), next) }

/** A list of them in the same passes. */
export const all = <B, A>(measurings: readonly Measuring<B, A>[]): Measuring<B, readonly A[]> =>
  measurings.reduce<Measuring<B, readonly A[]>>((list, one) => both(list, one, (values, value) => [...values, value]), known([]))
