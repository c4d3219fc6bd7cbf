/**
 * Sets of which most have a member or two: a list while they are small, a Set beyond. There is one for every node, and a
 * Set takes ten times the memory of a list. In the order in which members came.
 */
export type Few<A> = readonly A[] | Set<A>

export type ReadonlyFew<A> = readonly A[] | ReadonlySet<A>

/** Members up to which looking is cheaper than hashing. */
const most = 8

/** A set without members. */
export const noFew: readonly never[] = []

export const isAmong = <A>(few: ReadonlyFew<A>, item: A): boolean => ("has" in few ? few.has(item) : few.includes(item))

export const countOf = (few: ReadonlyFew<unknown>): number => ("size" in few ? few.size : few.length)

/** The set with `item`, which may be another value than before. */
export const withOne = <A>(few: Few<A>, item: A): Few<A> => {
  if (few instanceof Set) return few.add(item)
  if (few.length === 0) return [item]
  if (few.includes(item)) return few
  // A list that grows in place would take room for sixteen more.
  return few.length === most ? new Set(few).add(item) : [...few, item]
}

/** The set without `item`. Who is going through the members meanwhile misses none. */
export const without = <A>(few: Few<A>, item: A): Few<A> => {
  if (!(few instanceof Set)) return few.filter((one) => one !== item)
  few.delete(item)
  return few
}
