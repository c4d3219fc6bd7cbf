/** Suggestions for misspelt names, by edit distance. */

/** The candidate nearest to `name`, when it is near enough to be a likely slip. */
export const closest = (name: string, candidates: readonly string[]): string | undefined => {
  const ranked = candidates
    .map((candidate) => [editDistance(name.toLowerCase(), candidate.toLowerCase()), candidate] as const)
    .sort((a, b) => a[0] - b[0])
  const best = ranked[0]
  return best !== undefined && best[0] <= Math.max(2, Math.floor(name.length / 3)) ? best[1] : undefined
}

/** ` (did you mean x?)`, or nothing when no candidate is near. */
export const hint = (name: string, candidates: readonly string[]): string => {
  const near = closest(name, candidates)
  return near === undefined ? "" : ` (did you mean ${near}?)`
}

/** Levenshtein distance in UTF-16 units. */
export const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
