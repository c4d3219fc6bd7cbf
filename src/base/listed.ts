/**
 * A set whose members know where they stand in its list: nothing is hashed, and who leaves touches no other, which counts
 * for sets of very many. A member is in one such set at most. In the order in which they came; none may come or go while
 * somebody goes through them.
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
  /** With gaps where members have left. */
  const items: (A | undefined)[] = []
  let gaps = 0
  const close = (): void => {
    if (gaps === 0) return
    let kept = 0
    for (const item of items) {
      if (item === undefined) continue
      item.listedAt = kept
      items[kept++] = item
    }
    items.length = kept
    gaps = 0
  }
  return {
    add: (item) => {
      if (item.listedAt >= 0) return
      if (gaps > items.length / 2) close()
      item.listedAt = items.push(item) - 1
    },
    delete: (item) => {
      if (item.listedAt < 0) return
      items[item.listedAt] = undefined
      item.listedAt = -1
      gaps++
    },
    [Symbol.iterator]: () => {
      close()
      return (items as A[])[Symbol.iterator]()
    },
  }
}
