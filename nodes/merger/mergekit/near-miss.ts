/**
 * For which known key one that is none was likely meant. mergekit passes over keys it does not know; a misspelt one that is passed over
 * makes another merge than the one that was meant, so here it is a mistake. SPEC F8.
 */
import { closest, editDistance } from "#src"

/** `isHolder`: the key is there for an anchor that is used elsewhere, and may be called anything that is not plainly a slip (`model_a`, `base`). */
export const nearMiss = (key: string, known: readonly string[], isHolder: boolean): string | undefined => {
  if (isHolder && /\d$/.test(key)) return undefined
  const swapped = known.find((one) => lettersOf(one) === lettersOf(key))
  if (swapped !== undefined) return swapped
  const near = closest(key, known)
  // Of four letters two others make another word.
  const most = isHolder || key.length <= 4 ? 1 : Infinity
  if (near !== undefined && editDistance(key.toLowerCase(), near.toLowerCase()) <= most) return near
  return isHolder || key.length < 4 ? undefined : known.find((one) => isShortFor(key, one) || isShortFor(key.replace(/s$/, ""), one))
}

const lettersOf = (name: string): string => [...name.toLowerCase()].sort().join("")

/** `params` for `parameters`, `method` for `merge_method`: all its letters, in their order. */
const isShortFor = (short: string, name: string): boolean => {
  let at = 0
  for (const letter of name) if (letter === short[at]) at++
  return at === short.length
}
