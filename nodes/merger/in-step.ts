/** Several streams read together, an element of each at a time. */
import { NodeFailure, type Stream } from "#src"

/** Lists of one element from each stream. Fails when they do not end together; `names` are for that. */
export const inStep = async function* <A>(streams: readonly Stream<A>[], names: readonly string[]): AsyncGenerator<readonly A[]> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]())
  try {
    for (;;) {
      const steps = await Promise.all(iterators.map((iterator) => iterator.next()))
      const ended = steps.findIndex(({ done }) => done === true)
      if (ended < 0) yield steps.map(({ value }) => value as A)
      else if (steps.every(({ done }) => done === true)) return
      else throw new NodeFailure(`${names[ended]} was run on less text than ${names[steps.findIndex(({ done }) => done !== true)]}: they must share tokens`)
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.()))
  }
}
