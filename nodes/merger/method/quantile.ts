/**
 * The k-th largest of very many sizes, exactly, in two passes and without sorting: the bits of a non-negative f32 are in the
 * order of the number, so a count by the upper 16 bits finds the bucket and a count by the lower 15 the number. Counts are whole
 * numbers: no order of blocks can change them.
 */
import type { Element } from "#src"
import type { AnyBlock } from "./blend.ts"
import { addInPlace, after, known, pass, type Measuring } from "./measuring.ts"
import type { Leaves } from "./method.ts"

const upper = 2 ** 16
const lower = 2 ** 15

/** Non-negative numbers of a block, one list for each thing measured. Rounded to f32. */
export type Sizes = (block: AnyBlock) => readonly Float32Array[]

/** The same sizes as formulas. */
export type SizeFormulas = (of: Leaves) => readonly Element[]

/** `ranks`: 1 for the largest, by the number of elements there are, for each list. A rank beyond the number gives 0, one below 1 Infinity. */
export const largest = (lists: number, sizes: Sizes, ranks: (list: number, count: number) => readonly number[], formulas?: SizeFormulas): Measuring<AnyBlock, readonly (readonly number[])[]> =>
  pass(
    (block) => sizes(block).map(countUpper),
    plus,
    (totals = []) => {
      const found = Array.from({ length: lists }, (_, list) => {
        const counts = totals[list] ?? new Float64Array(upper)
        return ranks(list, counts.reduce((a, b) => a + b, 0)).map((rank) => locate(counts, rank))
      })
      const buckets = found.map((places) => [...new Set(places.flatMap((place) => (place.at === undefined ? [] : [place.at])))])
      if (buckets.every((list) => list.length === 0)) return known(found.map((places) => places.map(({ beyond }) => beyond)))
      return after(within(sizes, buckets, formulas), (fine) =>
        found.map((places, list) =>
          places.map(({ at, rest, beyond }) => {
            if (at === undefined) return beyond
            const low = locate(fine[list]?.[(buckets[list] as readonly number[]).indexOf(at)] ?? new Float64Array(lower), rest)
            return fromBits(at * lower + (low.at ?? 0))
          }),
        ),
      )
    },
    formulas === undefined ? undefined : { kind: "counts", sizes: formulas },
  )

/** Counts of the lower bits in some buckets of each list. */
const within = (sizes: Sizes, buckets: readonly (readonly number[])[], formulas?: SizeFormulas): Measuring<AnyBlock, readonly (readonly Float64Array[])[]> =>
  pass(
    (block): readonly (readonly Float64Array[])[] => sizes(block).map((values, list) => (buckets[list] ?? []).map((bucket) => countLower(values, bucket))),
    (a, b): readonly (readonly Float64Array[])[] => a.map((list, i) => plus(list, b[i] as readonly Float64Array[])),
    (totals) => known(totals ?? []),
    formulas === undefined ? undefined : { kind: "counts", sizes: formulas, buckets },
  )

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length)

/** Two loops, not one that is told what to do with an element: a call for each would take most of the time. */
const countUpper = (values: Float32Array): Float64Array => {
  const counts = new Float64Array(upper)
  const bits = bitsOf(values)
  for (let k = 0; k < bits.length; k++) counts[bits[k]! >>> 15]!++
  return counts
}

const countLower = (values: Float32Array, bucket: number): Float64Array => {
  const counts = new Float64Array(lower)
  const bits = bitsOf(values)
  for (let k = 0; k < bits.length; k++) if (bits[k]! >>> 15 === bucket) counts[bits[k]! & 0x7fff]!++
  return counts
}

const plus = (a: readonly Float64Array[], b: readonly Float64Array[]): readonly Float64Array[] => {
  a.forEach((counts, i) => addInPlace(counts, b[i] as Float64Array))
  return a
}

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
