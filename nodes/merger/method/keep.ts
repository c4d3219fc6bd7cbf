/** Which elements a random mask keeps: drawn by the place of the element in its tensor, so that nothing else decides. SPEC M2. */
import type { Random } from "#src"

/**
 * 1 where the element is kept, with probability `chance(k)`, for `length` elements from place `start` of the tensor.
 * One Philox block serves four neighbouring elements.
 */
export const keepMask = (random: Random, start: number, length: number, chance: (k: number) => number): Uint8Array => {
  const mask = new Uint8Array(length)
  let counter = -1
  let words: readonly number[] = []
  for (let k = 0; k < length; k++) {
    const place = start + k
    if (Math.floor(place / 4) !== counter) words = random.words((counter = Math.floor(place / 4)))
    mask[k] = words[place % 4]! < chance(k) * 4294967296 ? 1 : 0
  }
  return mask
}
