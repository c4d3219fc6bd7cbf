/**
 * ZipIt's greedy grouping (Stoica et al., arXiv 2305.03053, section 4.1): again and again the two most correlated groups of units become
 * one, within a network as well as across, until so many are left. Correlation with a merged group is `alpha` times the least of its
 * members'. At most `beta` of the merges are within one network.
 */
import type { Groups } from "./group.ts"

export interface ZipOptions {
  /** Groups to end with. */
  readonly keep: number
  readonly alpha: number
  readonly beta: number
}

/** @param similarity [n, n], n units of both networks, the first half a's */
export const zipGroups = (similarity: Float64Array, n: number, { keep, alpha, beta }: ZipOptions): Groups => {
  const like = similarity.slice()
  const groups: (readonly number[] | undefined)[] = Array.from({ length: n }, (_, i) => [i])
  // 0 or 1 for a group of one network's units, 2 for a mixed one.
  const sides = Array.from({ length: n }, (_, i) => Number(i >= n / 2))
  let within = Math.floor(beta * (n - keep))
  for (let left = n; left > keep; left--) {
    let [first, second] = [-1, -1]
    for (let i = 0; i < n; i++) {
      if (groups[i] === undefined) continue
      for (let j = i + 1; j < n; j++) {
        if (groups[j] === undefined || (within === 0 && sides[i] === sides[j] && sides[i] !== 2)) continue
        if (first < 0 || like[i * n + j]! > like[first * n + second]!) [first, second] = [i, j]
      }
    }
    if (first < 0) break
    const inside = sides[first] === sides[second]
    if (inside && sides[first] !== 2) within--
    groups[first] = [...(groups[first] ?? []), ...(groups[second] ?? [])]
    groups[second] = undefined
    if (!inside) sides[first] = 2
    for (let k = 0; k < n; k++) like[first * n + k] = like[k * n + first] = alpha * Math.min(like[first * n + k]!, like[second * n + k]!)
  }
  return groups.filter((group): group is readonly number[] => group !== undefined)
}
