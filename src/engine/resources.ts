/**
 * What jobs use besides cores, as named counters: memory in bytes, places on a GPU, licences. Never more is given out
 * than there is; what has no limit is not counted. SPEC P17.
 */

import type { Node } from "../graph/graph.ts"

/** Amounts by name, none negative. */
export type Amounts = { readonly [name: string]: number }

export interface Resources {
  /** Why nothing that uses so much can ever run. */
  readonly problemOf: (uses: Amounts) => string | undefined
  /** Gives out as much, if it is there. */
  readonly take: (uses: Amounts) => boolean
  readonly giveBack: (uses: Amounts) => void
}

const nothing: Amounts = {}

export const isNothing = (uses: Amounts): boolean => {
  for (const _ in uses) return false
  return true
}

export const usesOf = ({ kind, params }: Node): Amounts => kind.uses?.(params as never) ?? nothing

export const makeResources = (limits: Amounts): Resources => {
  const given = new Map<string, number>()
  const isLimited = (name: string): boolean => Object.hasOwn(limits, name)
  const add = (uses: Amounts, sign: 1 | -1): void => {
    for (const name in uses) given.set(name, (given.get(name) ?? 0) + sign * (uses[name] ?? 0))
  }
  return {
    problemOf: (uses) => {
      if (isNothing(uses)) return undefined
      const name = Object.keys(uses).find((one) => isLimited(one) && (uses[one] ?? 0) > (limits[one] ?? 0))
      return name === undefined ? undefined : `needs ${uses[name]} of ${name}, and there is ${limits[name]}`
    },
    take: (uses) => {
      const isThere = Object.keys(uses).every((name) => !isLimited(name) || (given.get(name) ?? 0) + (uses[name] ?? 0) <= (limits[name] ?? 0))
      if (isThere) add(uses, 1)
      return isThere
    },
    giveBack: (uses) => add(uses, -1),
  }
}
