/**
 * A set whose members know where they stand in its list: nothing is hashed, which counts for sets of very many. A member
 * is in one such set at most. They are in no order, and none may come or go while somebody goes through them.
 */
export interface Listed {
  /** -1 while it is in no set. */
  listedAt: number
}

export interface ListedSet<A> extends Iterable<A> {
  readonly add: (item: A) => void
  readonly delete: (item: A) => void
}

export const makeListedSet = <A extends Listed>(): ListedSet<A> => {
  const items: A[] = []
  return {
    add: (item) => {
      if (item.listedAt < 0) item.listedAt = items.push(item) - 1
    },
    delete: (item) => {
      if (item.listedAt < 0) return
      const last = items.pop() as A
      if (last !== item) {
        items[item.listedAt] = last
        last.listedAt = item.listedAt
      }
      item.listedAt = -1
    },
    [Symbol.iterator]: () => items[Symbol.iterator](),
  }
}
