/**
 * Where in the author's code an expression was traced: kept while somebody asks for it, else tracing does no more than look whether
 * anybody does. It goes from an expression to its step and back under a symbol, so no hash, no key and no comparison of steps knows it.
 */
import { authorPlace } from "./author-place.ts"

const key = Symbol("place")

interface Placed {
  readonly [key]?: string
}

/** Those who ask, and the places that what is being traced now stands for, the innermost last; `null` for none. */
const state: { readonly asking: Set<object>; readonly standing: (string | null)[] } = { asking: new Set(), standing: [] }

/** From now on places are kept, until what is given back is called. */
export const keepPlaces = (): (() => void) => {
  const who = {}
  state.asking.add(who)
  return () => void state.asking.delete(who)
}

/** `nodes/port/model-inputs.ts:12`, or nothing where it was not kept. */
export const placeOf = (traced: object): string | undefined => (traced as Placed)[key]

const placed = (place: string | undefined): Placed => (place === undefined ? {} : { [key]: place })

/** For a new expression: where `above` was called from. */
export const placeHere = (above: (...args: never[]) => unknown): Placed =>
  state.asking.size === 0 || state.standing.at(-1) === null ? {} : placed(state.standing.at(-1) ?? authorPlace(above))

/** For an expression or step that stands for `traced`. */
export const placeLike = (traced: object): Placed => placed(placeOf(traced))

/** What `f` traces is the gradient of `traced`, and found there. */
export const inGradientOf = <A>(traced: object, f: () => A): A => {
  const place = placeOf(traced)
  return place === undefined ? f() : standing(place.startsWith("gradient of ") ? place : `gradient of ${place}`, f)
}

/** What `f` traces is no author's: no place is looked for, which takes long. */
export const withoutPlaces = <A>(f: () => A): A => standing(null, f)

const standing = <A>(place: string | null, f: () => A): A => {
  state.standing.push(place)
  try {
    return f()
  } finally {
    state.standing.pop()
  }
}
