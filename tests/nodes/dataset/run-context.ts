/** What a node is given while it runs, for tests that call `run` themselves. */
import { isObservable, lastValueFrom, type Observable } from "rxjs"
import { random, systemClock, type RunContext } from "#src"

/** A context with its own random stream; the parts a plain node never touches refuse to work. */
export const runContext = (seed = "test", signal: AbortSignal = new AbortController().signal): RunContext => ({
  random: random(seed),
  signal,
  clock: systemClock,
  device: () => Promise.reject(new Error("no device in this test")),
  progress: () => undefined,
  checkpoints: { last: () => Promise.resolve(undefined), due: () => false, save: () => Promise.resolve() },
})

/** The last value of whatever a node's `run` gave back. */
export const resultOf = async <A>(result: A | Promise<A> | Observable<A>): Promise<A> =>
  isObservable(result) ? lastValueFrom(result) : result

type Elements<E> = { readonly [K in keyof E]-?: readonly NonNullable<E[K]>[] }

/** All elements that a streaming node gives, by port. */
export const elementsOf = async <E extends object>(run: AsyncGenerator<E, unknown>): Promise<Elements<E>> => {
  const found: Record<string, unknown[]> = {}
  for await (const step of run) for (const [port, element] of Object.entries(step)) (found[port] ??= []).push(element)
  return found as unknown as Elements<E>
}

/** What a streaming node gives: its elements by port, and the values that it returns. */
export const allOf = async <E extends object, R>(run: AsyncGenerator<E, R>): Promise<{ readonly elements: Elements<E>; readonly values: R }> => {
  let values: R | undefined
  const elements = await elementsOf<E>(
    (async function* () {
      values = yield* run
    })(),
  )
  return { elements, values: values as R }
}

/** Values as a node reads them from a stream. */
export const streamOf = async function* <A>(elements: readonly A[]): AsyncGenerator<A> {
  yield* elements
}
