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

/**
 * The members as they are now, for a loop: one over a list or a Set, whichever it is, asks an iterator for each member
 * and makes an object for it.
 */
export const listOf = <A>(few: ReadonlyFew<A>): readonly A[] => ("has" in few ? [...few] : few)

export const firstOf = <A>(few: ReadonlyFew<A>): A | undefined => ("has" in few ? few.values().next().value : few[0])

export const countOf = (few: ReadonlyFew<unknown>): number => ("size" in few ? few.size : few.length)

/** The set with `item`, which may be another value than before. */
export const withOne = <A>(few: Few<A>, item: A): Few<A> => {
  if (few instanceof Set) return few.add(item)
  const { length } = few
  if (length === 0) return [item]
  if (few.includes(item)) return few
  if (length === most) return new Set(few).add(item)
  // Of its length at once: one that grows takes room for sixteen more, one written with `...` too.
  const list = new Array<A>(length + 1)
  for (let i = 0; i < length; i++) list[i] = few[i] as A
  list[length] = item
  return list
}

/** The set without `item`. Who is going through the members meanwhile misses none. */
export const without = <A>(few: Few<A>, item: A): Few<A> => {
  if (!(few instanceof Set)) return few.filter((one) => one !== item)
  few.delete(item)
  return few
}
