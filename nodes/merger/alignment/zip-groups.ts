/**
 * ZipIt's greedy grouping (Stoica et al., arXiv 2305.03053, section 4.1): again and again the two most correlated groups of units become
 * one, within a network as well as across, until so many are left. Correlation with a merged group is `alpha` times the least of its
 * members'. Of the merges that are a network's share, half of all, at most `beta` are within it, as the authors count; a group with units of
 * both networks is within neither, where their code counts it to the one of its first unit.
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
  const share = Math.floor(beta * Math.floor((n - keep) / 2))
  // Merges within each network that are left.
  const within = [share, share]
  for (let left = n; left > keep; left--) {
    let [first, second] = [-1, -1]
    for (let i = 0; i < n; i++) {
      if (groups[i] === undefined) continue
      for (let j = i + 1; j < n; j++) {
        if (groups[j] === undefined || (sides[i] === sides[j] && within[sides[i]!] === 0)) continue
        if (first < 0 || like[i * n + j]! > like[first * n + second]!) [first, second] = [i, j]
      }
    }
    if (first < 0) break
    const [side, other] = [sides[first]!, sides[second]!]
    if (side !== other) sides[first] = 2
    else if (side !== 2) within[side]!--
    groups[first] = [...(groups[first] ?? []), ...(groups[second] ?? [])]
    groups[second] = undefined
    for (let k = 0; k < n; k++) like[first * n + k] = like[k * n + first] = alpha * Math.min(like[first * n + k]!, like[second * n + k]!)
  }
  return groups.filter((group): group is readonly number[] => group !== undefined)
}
