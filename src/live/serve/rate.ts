/** How often something may be done: so many times at once, and then so many a second (a token bucket). */

export interface Rate {
  /** True, and counted, when it may be done now. */
  readonly allows: () => boolean
}

export const makeRate = (burst: number, perSecond: number, now: () => number): Rate => {
  let left = burst
  let at = now()
  return {
    allows: () => {
      const time = now()
      left = Math.min(burst, left + ((time - at) / 1000) * perSecond)
      at = time
      if (left < 1) return false
      left--
      return true
    },
  }
}
