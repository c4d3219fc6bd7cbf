/**
 * The k-th largest of very many sizes, exactly, in two passes and without sorting: the bits of a non-negative f32 are in the
 * order of the number, so a count by the upper 16 bits finds the bucket and a count by the lower 15 the number. Counts are whole
 * numbers: no order of blocks can change them.
 */
import { bucketsBy, type Element } from "#src"
import { after, known, type Measuring, type Totals } from "./measuring.ts"
import type { Leaves } from "./method.ts"

/** Non-negative numbers of an element, one for each list; they are rounded to f32. */
export type Sizes = (of: Leaves) => readonly Element[]

/** `ranks`: 1 for the largest, by the number of elements there are, for each list. A rank beyond the number gives 0, one below 1 Infinity. */
export const largest = (lists: number, sizes: Sizes, ranks: (list: number, count: number) => readonly number[]): Measuring<readonly (readonly number[])[]> => ({
  known: false,
  kernels: { kind: "counts", sizes },
  then: (totals) => {
    const found = Array.from({ length: lists }, (_, list) => {
      const counts = totals?.[list]?.[0] ?? new Float64Array(bucketsBy.upper)
      return ranks(list, counts.reduce((a, b) => a + b, 0)).map((rank) => locate(counts, rank))
    })
    const buckets = found.map((places) => [...new Set(places.flatMap((place) => (place.at === undefined ? [] : [place.at])))])
    if (buckets.every((list) => list.length === 0)) return known(found.map((places) => places.map(({ beyond }) => beyond)))
    return after(within(sizes, buckets), (fine) =>
      found.map((places, list) =>
        places.map(({ at, rest, beyond }) => {
          if (at === undefined) return beyond
          const low = locate(fine[list]?.[(buckets[list] as readonly number[]).indexOf(at)] ?? new Float64Array(bucketsBy.lower), rest)
          return fromBits(at * bucketsBy.lower + (low.at ?? 0))
        }),
      ),
    )
  },
})

/** Counts of the lower bits in some buckets of each list. */
const within = (sizes: Sizes, buckets: readonly (readonly number[])[]): Measuring<Totals> => ({ known: false, kernels: { kind: "counts", sizes, buckets }, then: (totals = []) => known(totals) })

/** In which bucket the number of that rank lies, and its rank there; `beyond` when there is none. */
const locate = (counts: Float64Array, rank: number): { readonly at: number | undefined; readonly rest: number; readonly beyond: number } => {
  if (rank < 1) return { at: undefined, rest: 0, beyond: Infinity }
  let rest = rank
  for (let at = counts.length - 1; at >= 0; at--) {
    if (counts[at]! >= rest) return { at, rest, beyond: 0 }
    rest -= counts[at]!
  }
  return { at: undefined, rest: 0, beyond: 0 }
}

const fromBits = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0] as number
