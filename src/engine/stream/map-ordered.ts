/**
 * A function applied to a stream, several elements at a time, its results in the order of the elements: the order of a
 * stream never depends on how much of it was worked on at once. There is no unordered form. SPEC S12.
 */

/**
 * `f` of every element, at most `parallel` at a time; what comes out is asked for one by one, so nothing runs ahead of
 * who reads it by more than that. Ends with the first error, of `source` or of `f`, in the order of the elements.
 */
export const mapOrdered = async function* <A, B>(
  source: AsyncIterable<A> | Iterable<A>,
  parallel: number,
  f: (element: A, index: number) => Promise<B> | B,
): AsyncGenerator<B, void, undefined> {
  const elements = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  const running: Promise<B>[] = []
  let reading: Promise<IteratorResult<A>> | undefined
  let index = 0
  let isOver = false
  try {
    for (;;) {
      if (!isOver && running.length < parallel) reading ??= handled(Promise.resolve(elements.next()))
      const [head] = running
      if (head === undefined && reading === undefined) return
      // Whichever comes first: another element to begin with, or the next result.
      const step = await Promise.race([...(head === undefined ? [] : [head.then(() => undefined)]), ...(reading === undefined ? [] : [reading])])
      if (step === undefined) {
        yield await (running.shift() as Promise<B>)
        continue
      }
      reading = undefined
      if (step.done === true) isOver = true
      else running.push(handled(begin(f, step.value, index++)))
    }
  } finally {
    await elements.return?.()
  }
}

const begin = async <A, B>(f: (element: A, index: number) => Promise<B> | B, element: A, index: number): Promise<B> => f(element, index)

/** Failures are looked at in their turn; until then nobody may take them for unnoticed. */
const handled = <A>(promise: Promise<A>): Promise<A> => {
  promise.catch(() => undefined)
  return promise
}
